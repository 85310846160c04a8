"""Trains the latent upsampler on (low, high) pairs of latents of the same clips."""
import torch

import cache_latents
import recipes
from autoencoder import LatentUpsampler
from train_base import split
from training import Run, arguments, autocast, cosine, setup


def main():
    args = arguments(__doc__).parse_args()
    device, recipe = setup(args)
    plan = recipe["upsampler"]
    _, data = cache_latents.gather(args.runs)
    training, measuring = split(data, 32)
    model = LatentUpsampler(recipes.UPSAMPLER).to(device)
    run = Run("upsampler", args, model, plan["steps"])
    run.averaged.to(device)
    while run.progress < 1:
        rows = run.rng().sample(training, min(plan["batch"], len(training)))
        low, high = data["low"][rows].to(device), data["high"][rows].to(device)
        # The base model's latents are not exact; a little noise keeps the upsampler from trusting every digit.
        low = low + 0.1 * torch.rand(len(rows)).view(-1, 1, 1, 1, 1).to(device) * torch.randn(low.shape).to(device)
        with autocast(device):
            error = model(low).float() - high
        run.update(error.abs().mean() + 0.5 * error.square().mean(), cosine(run.progress, plan["rate"], plan["rate"] * 0.05))
        if run.step % 100 == 0:
            with torch.no_grad():
                error = run.averaged(data["low"][measuring].to(device)) - data["high"][measuring].to(device)
            run.note("validation", float(error.abs().mean()))
    run.save()


if __name__ == "__main__":
    main()
