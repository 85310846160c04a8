"""Fits the latent upsampler by least squares instead of training it: without residual blocks it is one convolution. RUNS/upsampler.pt in a
few minutes on one core."""
import os

import torch
import torch.nn.functional as F

import latents
import recipes
from autoencoder import LatentUpsampler, space_to_channels
from training import arguments, setup

BATCHES, BATCH = 20, 40
# Noise on the inputs, as the base model's latents have it, keeps the weights from trusting every digit.
NOISE = 0.15
RIDGE = 1e-3


def neighbourhood(z):
    """[b, t, h, w, c] to [n, 27 c + 1] with zeros beyond the borders, as the upsampler's convolutions have it."""
    z = F.pad(z, (0, 0, 1, 1, 1, 1, 1, 1))
    for axis in 1, 2, 3:
        z = z.unfold(axis, 3, 1)
    return F.pad(z.flatten(0, 3).flatten(1), (0, 1), value=1.0)


def solved(source):
    """[27 c + 1, 4 c]: what the finer latents are, of the coarse ones around."""
    gram = products = 0.0
    for _ in range(BATCHES):
        pairs = source.pairs(BATCH, 0.3)
        x = neighbourhood(pairs["low"] + NOISE * torch.randn(pairs["low"].shape))
        y = space_to_channels(pairs["high"], 1, 2).flatten(0, -2)
        gram, products = gram + x.T @ x, products + x.T @ y
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram)) + 1e-6 * torch.eye(len(gram))
    return torch.linalg.solve(gram, products)


@torch.no_grad()
def main():
    args = arguments(__doc__).parse_args()
    setup(args)
    b = solved(latents.Clips(args.runs))
    model = LatentUpsampler(dict(recipes.UPSAMPLER, num_blocks=0))
    channels = recipes.UPSAMPLER["latent_channels"]
    model.proj_in.weight.copy_(b[:-1].T.reshape(-1, channels, 3, 3, 3))
    model.proj_in.bias.copy_(b[-1])
    model.proj_out.weight.zero_()
    model.proj_out.bias.zero_()
    for c in range(channels):
        model.proj_out.weight[c, c, 1, 1, 1] = 1
    held_out = latents.Clips(args.runs, held_out=True).pairs(32)
    error = model(held_out["low"]) - held_out["high"]
    print(f"held-out clips: mean error {float(error.abs().mean()):.4f} of latents of variance 1")
    torch.save({"model": model.state_dict(), "averaged": model.state_dict(), "step": 0, "seconds": 0.0}, os.path.join(args.runs, "upsampler.pt"))


if __name__ == "__main__":
    main()
