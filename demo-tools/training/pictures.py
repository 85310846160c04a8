"""The still pictures that clips are made of: photographs of a folder and of scikit-image's package, and procedural pictures."""
import argparse
import os
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = 512
# CC0, public domain or without known restrictions, as scikit-image's data/_fetchers.py says of each.
TRAINING = ("astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "coins.png", "grass.png", "gravel.png",
            "horse.png", "hubble_deep_field.jpg", "ihc.png", "retina.jpg", "text.png")
HERE = os.path.dirname(os.path.abspath(__file__))
HELD_OUT = ("../held-out", "../../examples")
PROCEDURAL = 120
WORDS = "light sea tree stone road north open small river glass white house cloud seven paper music green winter".split()


def folder():
    import skimage
    return os.path.join(os.path.dirname(skimage.__file__), "data")


def photograph(name):
    """Centre square, 512 pixels."""
    image = Image.open(os.path.join(folder(), name)).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((SIZE, SIZE), Image.LANCZOS))


def colour(rng):
    base = rng.random()
    return tuple(int(255 * min(1, max(0, base + rng.gauss(0, 0.12)))) for _ in range(3))


def noise(rng, power):
    """Noise with a spectrum of 1 / f^power, [512, 512] in [0, 1]."""
    f = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None])
    f[0, 0] = 1
    phase = np.random.default_rng(rng.randrange(1 << 31)).normal(size=(2,) + f.shape)
    plane = np.fft.irfft2((phase[0] + 1j * phase[1]) / f ** power, s=(SIZE, SIZE))
    plane -= plane.min()
    return (plane / plane.max()).astype(np.float32)


def landscape(rng):
    """Coloured noise between three colours, often under a plain sky."""
    a, b, c = (np.array(colour(rng), np.float32) for _ in range(3))
    height = noise(rng, rng.uniform(1.0, 2.0))[..., None]
    picture = np.where(height < 0.5, a + (b - a) * 2 * height, b + (c - b) * (2 * height - 1))
    if rng.random() < 0.5:
        skyline = SIZE * (0.3 + 0.3 * noise(rng, 1.7)[0])
        rows = np.arange(SIZE)[:, None]
        sky = np.array(colour(rng), np.float32) + (rows / SIZE * 60)[..., None]
        picture = np.where((rows < skyline[None])[..., None], sky, picture)
    return picture


def gradient(rng):
    a, b = np.array(colour(rng), np.float32), np.array(colour(rng), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5
    ramp = (x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(0.7, 1.4) + 0.5
    if rng.random() < 0.3:
        ramp = 0.5 + 0.5 * np.sin(ramp * rng.uniform(8, 60))
    return a + (b - a) * np.clip(ramp, 0, 1)[..., None]


def polygon(rng, x, y, radius):
    turns = sorted(rng.uniform(0, 2 * np.pi) for _ in range(rng.randint(3, 7)))
    return [(x + radius * np.cos(t) * rng.uniform(0.5, 1), y + radius * np.sin(t) * rng.uniform(0.5, 1)) for t in turns]


def shape(rng, draw, radius):
    x, y, fill = rng.uniform(0, SIZE), rng.uniform(0, SIZE), colour(rng)
    kind = rng.random()
    if kind < 0.4:
        squash = rng.uniform(0.4, 1)
        draw.ellipse((x - radius, y - radius * squash, x + radius, y + radius * squash), fill=fill)
    elif kind < 0.8:
        draw.polygon(polygon(rng, x, y, radius * 1.3), fill=fill)
    else:
        draw.line((x, y, x + rng.uniform(-3, 3) * radius, y + rng.uniform(-3, 3) * radius), fill, max(1, int(radius / 6)))


def leaves(rng, background):
    """Shapes over each other with sizes as in photographs: many small, few large."""
    image = Image.fromarray(np.clip(background, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    smallest = rng.uniform(4, 30)
    for radius in sorted((smallest / rng.uniform(0.04, 1) for _ in range(rng.randint(10, 120))), reverse=True):
        shape(rng, draw, min(radius, 200))
    return image.filter(ImageFilter.GaussianBlur(rng.choice((0, 0.7, 1.5))))


def text(rng, background):
    image = Image.fromarray(np.clip(background, 0, 255).astype(np.uint8))
    draw, size = ImageDraw.Draw(image), rng.randint(24, 90)
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", size)
    for y in range(10, SIZE, int(size * 1.3)):
        draw.text((rng.randint(-40, 40), y), " ".join(rng.choices(WORDS, k=6)), fill=colour(rng), font=font)
    return image


def procedural(seed):
    """[512, 512, 3] bytes; equal seeds give equal pictures."""
    rng = random.Random(seed)
    kind = rng.random()
    plain = landscape(rng) if rng.random() < 0.6 else gradient(rng)
    if kind < 0.65:
        picture = np.asarray(leaves(rng, plain), np.float32)
    elif kind < 0.75:
        picture = np.asarray(text(rng, plain), np.float32)
    else:
        picture = plain
    if rng.random() < 0.6:
        picture = picture * (0.75 + 0.5 * noise(rng, rng.uniform(0.8, 1.6)))[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def whole_and_closer(rng, path):
    """The centre square of a photograph, and closer looks at 512 pixels or more where it has them."""
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    windows = [(side, left, top)]
    for _ in range(0 if side < 560 else 1 if side < 800 else 3):
        closer = rng.randint(SIZE, max(SIZE, int(side * 0.75)))
        windows.append((closer, rng.randint(0, image.width - closer), rng.randint(0, image.height - closer)))
    return [np.asarray(image.crop((x, y, x + s, y + s)).resize((SIZE, SIZE), Image.LANCZOS)) for s, x, y in windows]


def make_training_pool(runs, folder):
    """RUNS/pool.npy [n, 512, 512, 3] and RUNS/photographs.txt, how many of them come first: looks at the photographs of a folder,
    scikit-image's, then procedural pictures."""
    rng, looks = random.Random(3), []
    for name in sorted(os.listdir(folder)):
        looks += whole_and_closer(rng, os.path.join(folder, name))
    looks += [photograph(name) for name in TRAINING]
    with open(os.path.join(runs, "photographs.txt"), "w") as file:
        file.write(f"{len(looks)}\n")
    np.save(os.path.join(runs, "pool.npy"), np.stack(looks + [procedural(1000 + i) for i in range(PROCEDURAL)]))


def training_pool(runs):
    """Pictures [n, 512, 512, 3] and how many photographs come first."""
    with open(os.path.join(runs, "photographs.txt")) as file:
        return np.load(os.path.join(runs, "pool.npy"), mmap_mode="r"), int(file.read())


def held_out_pool(runs):
    """The held-out photographs of the Java tools, as `training_pool`."""
    path = os.path.join(runs, "held-out.npy")
    if not os.path.exists(path):
        rng = random.Random(4)
        files = [os.path.join(HERE, folder, name) for folder in HELD_OUT for name in sorted(os.listdir(os.path.join(HERE, folder)))]
        np.save(path, np.stack([whole_and_closer(rng, file)[0] for file in files if file.endswith((".jpg", ".png"))]))
    pool = np.load(path, mmap_mode="r")
    return pool, len(pool)


def main():
    parser = argparse.ArgumentParser(description="Gathers the training pictures: RUNS/pool.npy.")
    parser.add_argument("--runs", default="runs")
    parser.add_argument("--photographs", required=True, help="folder of JPEG, PNG or WebP files, none of them held out")
    args = parser.parse_args()
    os.makedirs(args.runs, exist_ok=True)
    make_training_pool(args.runs, args.photographs)


if __name__ == "__main__":
    main()
