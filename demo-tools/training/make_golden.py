"""Reference numbers of the exported model, in float64: one encode and decode, one step of the base transformer.

Writes OUT/demo-autoencoder and OUT/demo-transformer: config.json, with tolerances and the way to the model's own weights, and
io.safetensors."""
import json
import os

import torch

import pictures
import recipes
import tensorfile
from check import channels_first, run_dit, run_fsae
from training import arguments


def tolerances(exact, single):
    """Twenty times what float32 costs here, and at least what another order of summation may cost."""
    return {name: {"abs": max(20 * float((exact[name] - single[name]).abs().max()), 2e-6 * float(exact[name].abs().max()))}
            for name in exact}


def weights_path(folder, out):
    return os.path.relpath(os.path.join(folder, "model.safetensors"), out)


def write(out, config, weights, io, runner):
    double = lambda tensors: {k: v.double() for k, v in tensors.items()}
    single = {k: v.float() for k, v in weights.items()}
    with torch.no_grad():
        exact = runner(config, double(weights), double(io))
        config["tolerance"] = tolerances(exact, {k: v.double() for k, v in runner(config, single, io).items()})
    os.makedirs(out, exist_ok=True)
    tensorfile.save(os.path.join(out, "io.safetensors"), {**io, **{k: v.float() for k, v in exact.items()}})
    with open(os.path.join(out, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")


def autoencoder(model, out, picture):
    folder = os.path.join(model, "autoencoder")
    image = torch.from_numpy(picture[::2, ::2][:64, 64:192] / 127.5 - 1).float()[None, None]
    video = torch.cat([image.roll(4 * i, 3) for i in range(5)], 1)
    config = {"format": "fsvideo-golden/1", "kind": "fsae", "name": "demo-autoencoder", "decoded_frames": [0, 4],
              "decoded_without_features_frames": [4], "model": recipes.AUTOENCODER, "weights": weights_path(folder, out)}
    write(out, config, tensorfile.load(os.path.join(folder, "model.safetensors")), {"input.video": channels_first(video)}, run_fsae)


def transformer(model, out):
    folder = os.path.join(model, "transformer")
    generator = torch.Generator().manual_seed(1)
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    c = recipes.BASE
    config = dict(c, format="fsvideo-golden/1", kind="dit", name="demo-transformer", latents=[[5, 2, 2]], context_lens=[7],
                  t=[733.0], seq_len=20, clip_tokens=17, weights=weights_path(folder, out))
    io = {"input.x": normal(c["out_dim"], 5, 2, 2), "input.y": normal(c["out_dim"] + 4, 5, 2, 2), "input.t": torch.tensor([733.0]),
          "input.context": normal(7, c["text_dim"]), "input.clip_fea": normal(1, 17, c["clip_dim"])}
    write(out, config, tensorfile.load(os.path.join(folder, "model.safetensors")), io, run_dit)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--model", default="../../models/demo")
    parser.add_argument("--out", default="../../fsvideo-core/src/test/resources/golden")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    autoencoder(args.model, os.path.join(args.out, "demo-autoencoder"), pictures.held_out_pool(args.runs)[0][0])
    transformer(args.model, os.path.join(args.out, "demo-transformer"))


if __name__ == "__main__":
    main()
