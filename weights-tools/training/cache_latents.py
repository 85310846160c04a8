"""Encodes clips once for the diffusion models: RUNS/latents.pt, made in parts so that an interrupted run continues.

Latents are normalised: multiplied by the scaling factor that gives them unit variance."""
import os
import random

import torch
import torch.nn.functional as F

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from train_autoencoder import pooled
from training import arguments, autocast, setup

PART = 50


def small(frame):
    """What the image encoder sees of [h, w, 3]: its bicubic resize."""
    size = recipes.IMAGE_ENCODER["image_size"]
    return F.interpolate(frame.permute(2, 0, 1)[None], (size, size), mode="bicubic", align_corners=False)[0].permute(1, 2, 0)


@torch.no_grad()
def encode_part(model, source, seed, count, with_high, device):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        motion = rng.randrange(len(clips.MOTIONS))
        side = 256 if with_high else 128
        clip, rate = clips.clip(rng, source, (side, side), 17, clips.MOTIONS[motion])
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
                torch.save(encode_part(model, source, seed, PART, with_high, device), path)
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
    args = arguments(__doc__).parse_args()
    device, recipe = setup(args)
    os.makedirs(os.path.join(args.runs, "latents"), exist_ok=True)
    pool = pictures.training_pool(recipe["pool"], os.path.join(args.runs, f"pool-{recipe['pool']}.npy"))
    model = Autoencoder(recipes.AUTOENCODER).eval()
    model.load_state_dict(torch.load(os.path.join(args.runs, "autoencoder.pt"), map_location="cpu")["averaged"])
    parts(model.to(device), clips.Source(pool, len(pictures.TRAINING)), recipe, args, device)
    base, pairs = gather(args.runs)
    print(f"{len(base['low'])} clips, {len(pairs['low'])} pairs, scaling factor {base['scale']:.5f}")


if __name__ == "__main__":
    main()
