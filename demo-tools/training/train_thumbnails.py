"""Trains the autoencoder's inner decoder, with attention to the first frame, on thumbnails. Starts at the closed form, whose
encoder stays, so that everything trained on its latents keeps fitting."""
import os
import random

import torch

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from thumbnails import batch, through
from train_autoencoder import differences, pooled, psnr
from training import Run, arguments, autocast, cosine, setup


def loss_of(x, y):
    """Squares keep coarse structure right, absolute values and gradients keep edges."""
    loss = 0.0
    for scale in range(3):
        error = x - y
        loss = loss + error.abs().mean() + 2 * error.square().mean()
        loss = loss + 0.5 * sum((a - b).abs().mean() for a, b in zip(differences(x), differences(y)))
        if scale < 2:
            x, y = pooled(x), pooled(y)
    return loss


def main():
    args = arguments(__doc__).parse_args()
    device, recipe = setup(args)
    plan = recipe["thumbnails"]
    pool = pictures.training_pool(recipe["pool"], os.path.join(args.runs, f"pool-{recipe['pool']}.npy"))
    source = clips.Source(pool, len(pictures.TRAINING))
    held = clips.Source(pictures.held_out_pool(24, os.path.join(args.runs, "held-out.npy")), len(pictures.HELD_OUT))
    model = Autoencoder(recipes.AUTOENCODER)
    model.load_state_dict(torch.load(os.path.join(args.runs, "closed-form.pt"), map_location="cpu")["averaged"])
    run = Run("thumbnails", args, model.to(device), plan["steps"], average=0.99)
    run.averaged.to(device)
    while run.progress < 1:
        x = batch(run.rng(), source, plan["batch"], plan["frames"]).to(device)
        with autocast(device):
            loss = loss_of(x, through(model, x)[0].float())
        run.update(loss, cosine(run.progress, plan["rate"], plan["rate"] * 0.05))
        if run.step % 50 == 0:
            with torch.no_grad():
                x = batch(random.Random(6), held, 8, 9).to(device)
                y, _ = through(run.averaged, x)
            run.note("psnr", psnr(x, y))
            print(f"step {run.step} {run.seconds:.0f} s: held-out thumbnails {psnr(x, y):.2f} dB, first {psnr(x[:, :1], y[:, :1]):.2f}", flush=True)
    run.save()


if __name__ == "__main__":
    main()
