"""Compares these models with directories of reference numbers: python3 check.py DIRECTORY... ; exit status 1 on a miss."""
import json
import pathlib
import sys

import torch

import tensorfile
from autoencoder import Autoencoder, LatentUpsampler
from conditioning import ImageEncoder, TextEncoder
from transformer import Dit


def channels_last(x):
    return x.permute(0, 2, 3, 4, 1)


def channels_first(x):
    return x.permute(0, 4, 1, 2, 3)


def load_model(model, weights, unused=()):
    model.load_state_dict({k: v for k, v in weights.items() if not k.startswith(tuple(unused))}, strict=True)
    return model.eval()


def run_fsae(config, weights, io):
    model = load_model(Autoencoder(config["model"]).to(io["input.video"].dtype), weights)
    latent, features = model.encoder(channels_last(io["input.video"]))
    noise = {k[len("input.noise."):]: v for k, v in io.items() if k.startswith("input.noise.")}
    decoded = {"decoded": model.decoder(latent, features), "decoded_without_features": model.decoder(latent)}
    if noise:
        decoded["decoded_noise"] = model.decoder(latent, features, noise)
    out = {"output.latent": channels_first(latent)}
    out.update({f"output.feature.{i}": channels_first(f) for i, f in features.items()})
    for name, video in decoded.items():
        if f"{name}_frames" in config:
            out[f"output.{name}"] = channels_first(video[:, config[f"{name}_frames"]])
    return out


def run_upsampler(config, weights, io):
    model = load_model(LatentUpsampler(config["model"]).to(io["input.latent"].dtype), weights)
    return {"output.latent": channels_first(model(channels_last(io["input.latent"])))}


def run_dit(config, weights, io):
    model = load_model(Dit(config).to(io["input.x"].dtype), weights)
    out = model(channels_last(torch.cat([io["input.x"], io["input.y"]], 0)[None]), io["input.t"],
                io["input.context"][None], io["input.clip_fea"].reshape(1, config["clip_tokens"], -1))
    return {"output.x": channels_first(out)[0]}


def run_text(config, weights, io):
    model = load_model(TextEncoder(config).to(weights["norm.weight"].dtype), weights)
    hidden = model((io["input.ids"] * io["input.mask"]).long())
    return {f"output.context.{i}": hidden[i, :n] for i, n in enumerate(config["lens"])}


def run_clip(config, weights, io):
    model = load_model(ImageEncoder(config).to(io["input.image"].dtype), weights, config["unused_parameter_prefixes"])
    image = io["input.image"].permute(1, 2, 0)[None]
    return {"output.pixels": model.pixels(image), "output.features": model(image)}


def runners():
    return {"fsae": run_fsae, "latent-upsampler": run_upsampler, "dit": run_dit, "t5": run_text, "clip": run_clip}


def check(directory, dtype):
    """Largest error in tolerances, per output."""
    config = json.loads((directory / "config.json").read_text())
    weights, io = (tensorfile.load(directory / f"{n}.safetensors") for n in ("weights", "io"))
    runner = runners()[config["kind"]]
    with torch.no_grad():
        out = runner(config, {k: v.to(dtype) for k, v in weights.items()}, {k: v.to(dtype) for k, v in io.items()})
    return {name: float((value - io[name].to(dtype).reshape(value.shape)).abs().max()) / config["tolerance"][name]["abs"]
            for name, value in out.items() if name in io}


def main():
    failed = False
    for directory in map(pathlib.Path, sys.argv[1:]):
        for dtype in torch.float64, torch.float32:
            errors = check(directory, dtype)
            worst = max(errors, key=errors.get)
            passed = all(e <= 1 for e in errors.values())
            failed |= not passed
            print(f"{directory.name} {dtype}: {len(errors)} outputs, worst {worst} {errors[worst]:.3g} tolerances,"
                  f" {'ok' if passed else 'MISS'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
