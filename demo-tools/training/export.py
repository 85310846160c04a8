"""Writes the trained parts as a model directory that the Java side opens: bf16 weights, configurations, tokenizer, the map of previews."""
import json
import os

import torch

import captions
import recipes
import tensorfile
from latents import scaling_factor
from train_base import VOCABULARY
from training import arguments

FOLDERS = ("text_encoder", "image_encoder", "autoencoder", "transformer", "latent_upsampler", "refiner")


def state(runs, name):
    return torch.load(os.path.join(runs, f"{name}.pt"), map_location="cpu")["averaged"]


def parts(runs):
    """{folder: (config, state dict)}."""
    base = state(runs, "base")
    under = lambda prefix: {k[len(prefix) + 1:]: v for k, v in base.items() if k.startswith(prefix + ".")}
    scale = scaling_factor(runs)
    return {
        "text_encoder": (recipes.TEXT_ENCODER, under("text_encoder")),
        "image_encoder": (recipes.IMAGE_ENCODER, under("image_encoder")),
        "autoencoder": (dict(recipes.AUTOENCODER, scaling_factor=scale), state(runs, "decoder")),
        "transformer": (recipes.BASE, under("transformer")),
        "latent_upsampler": (recipes.UPSAMPLER, state(runs, "upsampler")),
        "refiner": (recipes.REFINER, state(runs, "refiner")),
    }


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


def main():
    parser = arguments(__doc__)
    parser.add_argument("--out", default="../../models/demo")
    args = parser.parse_args()
    index = {"_class_name": "FsVideo", "_fsvideo_version": "0.1.0"}
    index.update({folder: ["fsvideo", folder.upper()] for folder in FOLDERS})
    write_json(os.path.join(args.out, "model_index.json"), dict(index, pipeline=recipes.PIPELINE))
    base = os.path.join(os.path.dirname(os.path.abspath(__file__)), VOCABULARY)
    write_json(os.path.join(args.out, "tokenizer", "tokenizer.json"), captions.tokenizer_json(base))
    total = 0
    for folder, (config, tensors) in parts(args.runs).items():
        write_json(os.path.join(args.out, folder, "config.json"), config)
        tensors = {k: v.bfloat16() for k, v in tensors.items()}
        tensorfile.save(os.path.join(args.out, folder, "model.safetensors"), tensors)
        count = sum(v.numel() for v in tensors.values())
        total += count
        print(f"{folder}: {count / 1e6:.2f} M parameters")
    print(f"all: {total / 1e6:.2f} M parameters")
    preview = torch.load(os.path.join(args.runs, "preview.pt"))
    os.makedirs(os.path.join(args.out, "preview"), exist_ok=True)
    tensorfile.save(os.path.join(args.out, "preview", "model.safetensors"), {k: v.bfloat16() for k, v in preview.items()})


if __name__ == "__main__":
    main()
