"""The latent upsampler without residual blocks, by least squares on cached pairs: RUNS/upsampler.pt.

`proj_in` makes the four finer latents of each latent from its neighbours in space and time; `proj_out` passes them on."""
import os

import torch
import torch.nn.functional as F

import latents
import recipes
from autoencoder import LatentUpsampler, space_to_channels
from closed_form import regression
from training import arguments, setup


PAIRS = 2000


def neighbourhood(z):
    """[b, t, h, w, c] to [n, 27 c + 1] with zeros beyond the borders, as the upsampler's convolutions have it."""
    z = F.pad(z, (0, 0, 1, 1, 1, 1, 1, 1))
    for axis in 1, 2, 3:
        z = z.unfold(axis, 3, 1)
    return F.pad(z.flatten(0, 3).flatten(1), (0, 1), value=1.0)


@torch.no_grad()
def main():
    args = arguments(__doc__).parse_args()
    _, recipe = setup(args)
    pairs = latents.Clips(args.runs, recipe).pairs(PAIRS)
    model = LatentUpsampler(dict(recipes.UPSAMPLER, num_blocks=0))
    low, high = pairs["low"], pairs["high"]
    # Noise on the inputs, as the base model's latents have it, keeps the weights from trusting every digit.
    low = low + 0.15 * torch.randn(low.shape)
    b = regression(neighbourhood(low), space_to_channels(high, 1, 2).flatten(0, -2), 1e-3)
    model.proj_in.weight.copy_(b[:-1].T.reshape(-1, low.shape[-1], 3, 3, 3))
    model.proj_in.bias.copy_(b[-1])
    model.proj_out.weight.zero_()
    model.proj_out.bias.zero_()
    for c in range(low.shape[-1]):
        model.proj_out.weight[c, c, 1, 1, 1] = 1
    held_out = latents.Clips(args.runs, recipe, held_out=True).pairs(64)
    error = model(held_out["low"]) - held_out["high"]
    print(f"held-out clips: mean error {float(error.abs().mean()):.4f} of latents of variance 1")
    torch.save({"model": model.state_dict(), "averaged": model.state_dict(), "step": 0, "seconds": 0.0}, os.path.join(args.runs, "upsampler.pt"))


if __name__ == "__main__":
    main()
