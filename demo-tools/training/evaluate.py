"""Numbers of a trained model on held-out pictures: reconstruction, first frame, whether clips move as prompted, flicker."""
import json
import random

import torch

import clips
import pictures
import recipes
from motion import CAMERA, measured, prompt
from sample import Pipeline, held_out_images
from train_autoencoder import psnr
from training import arguments, setup

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
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--motions", nargs="*", choices=clips.MOTIONS, default=CAMERA[:6])
    parser.add_argument("--guidance", type=float, default=recipes.PIPELINE["guidance"])
    parser.add_argument("--out", default="results/evaluation.json")
    args = parser.parse_args()
    setup(args)
    pipeline = Pipeline(args.runs)
    report = dict(reconstruction(pipeline.autoencoder, min(args.pictures, 12)), pictures=args.pictures, guidance=args.guidance)
    images = held_out_images(args.pictures)
    for motion in args.motions:
        videos = pipeline.generate(images, [prompt(motion)] * len(images), guidance=args.guidance)
        row = {"first_frame_psnr": sum(psnr(a, b[0]) for a, b in zip(images, videos)) / len(images), "flicker": flicker(videos),
               "brightness_change": float(videos[:, -1].mean() - videos[:, 0].mean())}
        if motion in CAMERA:
            found = measured(videos)
            row.update(right=found.count(motion) / len(found), found={name: found.count(name) for name in sorted(set(found))})
        report[motion] = row
        print(motion, json.dumps(row), flush=True)
    other = pipeline.generate(images[:4], [prompt(args.motions[-1])] * len(images[:4]), seed=8, guidance=args.guidance)
    report["difference_of_seeds"] = float((videos[:4] - other).abs().mean())
    rows = [report[m] for m in args.motions]
    report["direction_right"] = mean(rows, "right")
    report["first_frame_psnr"], report["flicker"] = mean(rows, "first_frame_psnr"), mean(rows, "flicker")
    with open(args.out, "w") as file:
        json.dump(report, file, indent=2)
        file.write("\n")


def mean(rows, key):
    values = [row[key] for row in rows if key in row]
    return sum(values) / max(1, len(values))


if __name__ == "__main__":
    main()
