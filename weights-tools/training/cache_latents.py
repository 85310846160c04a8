"""Encodes clips once for the diffusion models: RUNS/latents.pt, made in parts so that an interrupted run continues.

With --thumbnails only the inner stages run, on thumbnails: for an encoder whose outer stages are still the hand-written averages,
hundreds of times cheaper. Latents are normalised: multiplied by the scaling factor that gives them unit variance."""
import os
import random

import torch
import torch.nn.functional as F

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from train_autoencoder import pooled
from thumbnails import pack
from training import arguments, autocast, setup

PART = 50


def small(frame):
    """What the image encoder sees of [h, w, 3]: its bicubic resize."""
    size = recipes.IMAGE_ENCODER["image_size"]
    return F.interpolate(frame.permute(2, 0, 1)[None], (size, size), mode="bicubic", align_corners=False)[0].permute(1, 2, 0)


def variants(clip, motion):
    """The clip [frames, h, w, 3] and what it becomes in mirrors and backwards, each with its motion."""
    swap = lambda name, a, b: name.replace(a, "\0").replace(b, a).replace("\0", b)
    sideways = lambda m: swap(turned(m), "left", "right")
    turned = lambda m: swap(m, "_clockwise", "_counterclockwise")
    made = [(clip, motion), (clip.flip(1), swap(turned(motion), "up", "down"))]
    if motion != "spot":
        made.append((clip.flip(2), sideways(motion)))
    if motion.startswith(("pan", "zoom", "rotate")):
        made.append((clip.flip(0), swap(swap(sideways(motion), "up", "down"), "zoom_in", "zoom_out")))
    return made


@torch.no_grad()
def thumbnail_part(model, source, seed, count, device):
    rng = random.Random(seed)
    thumbnails, images, motions, rates = [], [], [], []
    while len(thumbnails) < count:
        motion = rng.choice(clips.MOTIONS)
        made, rate = clips.clip(rng, source, (64, 64), 17, motion, closer=False)
        for clip, name in variants(made, motion):
            thumbnails.append(clip)
            images.append(small(clip[0]))
            motions.append(float(clips.MOTIONS.index(name)))
            rates.append(rate)
    high = pooled(torch.stack(thumbnails[:count])).to(device)
    inner = lambda x: torch.cat([model.encoder.inner(pack(part), {})[0].float().cpu() for part in x.split(10)])
    return {"low": inner(pooled(high)), "high": inner(high), "image": torch.stack(images[:count]),
            "motion": torch.tensor(motions[:count]), "rate": torch.tensor(rates[:count])}


@torch.no_grad()
def encode_part(model, source, seed, count, with_high, device):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        motion = rng.randrange(len(clips.MOTIONS))
        side = 256 if with_high else 128
        clip, rate = clips.clip(rng, source, (side, side), 17, clips.MOTIONS[motion], closer=False)
        clip = clip[None].to(device)
        low = pooled(clip) if with_high else clip
        with autocast(device):
            row = {"low": model.encoder(low)[0][0].float().cpu(), "image": small(clip[0, 0].cpu()), "motion": motion, "rate": rate}
            if with_high:
                row["high"] = model.encoder(clip)[0][0].float().cpu()
        rows.append(row)
    return {key: torch.stack([torch.as_tensor(row[key], dtype=torch.float32) for row in rows]) for key in rows[0]}


def parts(model, source, recipe, args, device):
    for kind, with_high in (("pairs", True), ("clips", False)):
        for number in range(recipe[kind] // PART):
            path = os.path.join(args.runs, "latents", f"{kind}-{number:04}.pt")
            if not os.path.exists(path):
                seed = (args.seed * 7 + with_high) * 1_000_003 + number
                made = (thumbnail_part(model, source, seed, PART, device) if args.thumbnails
                        else encode_part(model, source, seed, PART, with_high, device))
                torch.save(made, path)
                print(path, flush=True)


def gather(runs):
    """All parts that exist: clips of both kinds for the base model, pairs for upsampler and refiner."""
    folder = os.path.join(runs, "latents")
    loaded = {name: torch.load(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
    join = lambda names, keys: {k: torch.cat([loaded[n][k] for n in names]) for k in keys}
    keys = ["low", "image", "motion", "rate"]
    pairs = join([n for n in loaded if n.startswith("pairs")], keys + ["high"])
    base = join(list(loaded), keys)
    base["scale"] = pairs["scale"] = float(1 / base["low"].std())
    for data in base, pairs:
        for key in {"low", "high"} & set(data):
            data[key] = data[key] * data["scale"]
    return base, pairs


def main():
    parser = arguments(__doc__)
    parser.add_argument("--thumbnails", action="store_true")
    args = parser.parse_args()
    device, recipe = setup(args)
    os.makedirs(os.path.join(args.runs, "latents"), exist_ok=True)
    pool = pictures.training_pool(recipe["pool"], os.path.join(args.runs, f"pool-{recipe['pool']}.npy"))
    model = Autoencoder(recipes.AUTOENCODER).eval()
    name = "closed-form" if args.thumbnails else "autoencoder"
    model.load_state_dict(torch.load(os.path.join(args.runs, f"{name}.pt"), map_location="cpu")["averaged"])
    parts(model.to(device), clips.Source(pool, len(pictures.TRAINING)), recipe, args, device)
    base, pairs = gather(args.runs)
    print(f"{len(base['low'])} clips, {len(pairs['low'])} pairs, scaling factor {base['scale']:.5f}")


if __name__ == "__main__":
    main()
