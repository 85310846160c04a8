"""Numbers of a trained model on held-out pictures: reconstruction, first frame, whether clips move as prompted, flicker."""
import json
import random

import torch
import torch.nn.functional as F

import captions
import clips
import pictures
import recipes
from sample import Pipeline, held_out_images
from train_autoencoder import psnr
from training import arguments, setup

CAMERA = clips.MOTIONS[:8]
SPEEDS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8)


def moved(frames, motion, speed):
    """Frame 0 [b, 3, s, s] under a camera move, and where the result is known."""
    p = torch.ones(1)
    x, y, scale, angle = clips.camera(random, motion, p, speed)
    cos, sin = (angle.cos() * scale).item(), (angle.sin() * scale).item()
    matrix = torch.tensor([[cos, -sin, x.item()], [sin, cos, y.item()]])
    grid = F.affine_grid(matrix[None].expand(len(frames), -1, -1), list(frames.shape), align_corners=False)
    inside = (grid.abs() <= 1).all(-1)
    return F.grid_sample(frames, grid, align_corners=False), inside


def similarity(a, b, inside):
    """Correlation of colours where both are known, [b]."""
    mask = inside[:, None].float()
    count = mask.sum((2, 3), keepdim=True).clamp(min=1)
    a, b = ((v - (v * mask).sum((2, 3), keepdim=True) / count) * mask for v in (a, b))
    return (a * b).sum((1, 2, 3)) / (a.square().sum((1, 2, 3)) * b.square().sum((1, 2, 3))).sqrt().clamp(min=1e-6)


def measured_motion(videos):
    """The camera move that best carries frame 0 to the last frame, per clip; "none" when standing still fits best."""
    small = F.interpolate(videos[:, [0, -1]].flatten(0, 1).permute(0, 3, 1, 2), (64, 64), mode="area").unflatten(0, (-1, 2))
    names, scores = [], []
    for motion in CAMERA:
        for speed in SPEEDS:
            warped, inside = moved(small[:, 0], motion, speed)
            names.append(motion if speed else "none")
            scores.append(similarity(warped, small[:, 1], inside))
    return [names[i] for i in torch.stack(scores).argmax(0)]


def flicker(videos):
    return float((videos[:, 1:] - videos[:, :-1]).abs().mean())


@torch.no_grad()
def reconstruction(autoencoder, count):
    import numpy as np
    pool = np.stack([pictures.photograph(n) for n in pictures.HELD_OUT] + [pictures.procedural(9_000_000 + i) for i in range(count)])
    source, rng = clips.Source(pool, len(pictures.HELD_OUT), 0.3), random.Random(11)
    true = [clips.clip(rng, source, (256, 256), 17, rng.choice(clips.MOTIONS), closer=False)[0][None] for _ in range(count)]
    made = [autoencoder(x) for x in true]
    x, y = torch.cat(true), torch.cat(made)
    return {"autoencoder_psnr": psnr(x, y), "autoencoder_first_frame_psnr": psnr(x[:, :1], y[:, :1]), "true_flicker": flicker(x)}


def main():
    parser = arguments(__doc__)
    parser.add_argument("--pictures", type=int, default=6)
    parser.add_argument("--guidance", type=float, default=recipes.PIPELINE["guidance"])
    parser.add_argument("--out", default="results/evaluation.json")
    args = parser.parse_args()
    setup(args)
    pipeline = Pipeline(args.runs)
    report = reconstruction(pipeline.autoencoder, args.pictures)
    images = held_out_images(args.pictures)
    prompts = {m: captions.SYNONYMS[m][0].format(c="the camera", p="the picture") for m in clips.MOTIONS}
    right, brightness, first, made = {}, {}, [], []
    for motion, prompt in prompts.items():
        videos = pipeline.generate(images, [prompt] * len(images), guidance=args.guidance)
        found = measured_motion(videos)
        right[motion] = sum(f == motion for f in found) / len(found) if motion in CAMERA else None
        brightness[motion] = float(videos[:, -1].mean() - videos[:, 0].mean())
        first.append(psnr(images, videos[:, 0]))
        made.append(flicker(videos))
        print(f"{motion}: {found}, brightness {brightness[motion]:+.3f}", flush=True)
    camera = [v for v in right.values() if v is not None]
    report.update(pictures=args.pictures, guidance=args.guidance, camera_direction_right=sum(camera) / len(camera),
                  direction_right=right, brightness_change=brightness, first_frame_psnr=sum(first) / len(first),
                  flicker=sum(made) / len(made))
    with open(args.out, "w") as file:
        json.dump(report, file, indent=2)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
