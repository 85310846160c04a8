"""Fits what previews are made with: the linear map from the latent of a token to the thumbnail of its patch, RUNS/preview.pt.

A token stands for 64 x 64 pixels of four frames, so one colour per token would show nothing; the map gives four frames of 8 x 8 pixels,
which is all that 128 numbers hold: on such thumbnails the autoencoder was started. Least squares on the latents that the base model
learns from. What is printed is measured on latents that the encoder itself made of held-out pictures."""
import os

import torch
import torch.nn.functional as F

import pictures
import recipes
from autoencoder import Autoencoder
from encode_clips import encoded
from latents import PATCH, Clips, patches, scaling_factor, shape
from training import arguments, setup

BATCHES, BATCH = 25, 32
HELD_OUT = 8


def least_squares(clips):
    """[channels + 1, 768]; the last row is the constant."""
    gram, right = 0, 0
    for _ in range(BATCHES):
        height, width = shape()
        shown = clips.thumbnails(BATCH, (PATCH * height, PATCH * width))
        x = F.pad(clips.encode(shown), (0, 1), value=1.0).flatten(0, 3).double()
        gram = gram + x.T @ x
        right = right + x.T @ patches(shown).flatten(0, 3).double()
    gram += 1e-4 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    return torch.linalg.solve(gram, right).float()


def decibels(error):
    """Of colours in [-1, 1]."""
    return float(10 * torch.log10(4 / error.square().mean()))


@torch.no_grad()
def main():
    args = arguments(__doc__).parse_args()
    device, _ = setup(args)
    matrix = least_squares(Clips(args.runs))
    torch.save({"weight": matrix[:-1].T.reshape(4, PATCH, PATCH, 3, -1).contiguous(), "bias": matrix[-1].reshape(4, PATCH, PATCH, 3)},
               os.path.join(args.runs, "preview.pt"))
    model = Autoencoder(recipes.AUTOENCODER).eval()
    model.load_state_dict(torch.load(os.path.join(args.runs, "decoder.pt"), map_location="cpu")["averaged"])
    held, seen = encoded(model.to(device), *pictures.held_out_pool(args.runs), HELD_OUT, 0, device)
    truth = patches(seen)
    shown = F.pad(held["low"] * scaling_factor(args.runs), (0, 1), value=1.0) @ matrix
    flat = truth.unflatten(-1, (-1, 3)).mean(-2, keepdim=True).expand(*truth.shape[:-1], truth.shape[-1] // 3, 3).flatten(-2)
    print(f"previews of clips of held-out pictures: {decibels(shown.clamp(-1, 1) - truth):.1f} dB; one true colour per token: {decibels(flat - truth):.1f} dB")


if __name__ == "__main__":
    main()
