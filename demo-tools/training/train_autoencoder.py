"""Trains the whole autoencoder on clips of random moves, from where `train_thumbnails.py` ended; first-frame features are on.

With --decoder-only the encoder stays as it is, so that diffusion models trained on its latents keep fitting."""
import os
import random

import torch
import torch.nn.functional as F

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from training import Run, arguments, autocast, setup


def differences(x):
    return x[:, :, 1:] - x[:, :, :-1], x[:, :, :, 1:] - x[:, :, :, :-1]


def pooled(x):
    b, t, h, w, c = x.shape
    y = F.avg_pool2d(x.reshape(b * t, h, w, c).permute(0, 3, 1, 2), 2)
    return y.permute(0, 2, 3, 1).reshape(b, t, h // 2, w // 2, c)


def reconstruction_loss(x, y):
    """L1 of colours and of their gradients at four scales: coarse structure first, and edges without a network to judge them."""
    loss = 0.0
    for scale in range(4):
        loss = loss + (x - y).abs().mean() + 0.5 * sum((a - b).abs().mean() for a, b in zip(differences(x), differences(y)))
        if scale < 3:
            x, y = pooled(x), pooled(y)
    return loss


def batch(rng, source, side, frames, count):
    motions = [rng.choice(clips.MOTIONS) for _ in range(count)]
    # Short clips may run up to four times as fast, to show the decoder the large moves of long ones.
    return torch.stack([clips.clip(rng, source, (side, side), frames, m, rng.uniform(1, 16 / (frames - 1)))[0] for m in motions])


def phase(phases, progress):
    begin = 0.0
    for share, side, frames, count, first, last in phases:
        if progress < begin + share:
            return side, frames, count, first + (last - first) * (progress - begin) / share
        begin += share
    return phases[-1][1:4] + phases[-1][5:]


def psnr(x, y):
    return float(10 * torch.log10(4 / (x - y.clamp(-1, 1)).square().mean()))


@torch.no_grad()
def validate(model, source, device, side, frames):
    rng = random.Random(5)
    x = torch.cat([batch(rng, source, side, frames, 1) for _ in range(8)]).to(device)
    y = torch.cat([model(v[None]) for v in x])
    return psnr(x, y), psnr(x[:, :1], y[:, :1])


def main():
    parser = arguments(__doc__)
    parser.add_argument("--decoder-only", action="store_true")
    args = parser.parse_args()
    device, recipe = setup(args)
    pool = pictures.training_pool(recipe["pool"], os.path.join(args.runs, f"pool-{recipe['pool']}.npy"))
    source = clips.Source(pool, len(pictures.TRAINING))
    held = clips.Source(pictures.held_out_pool(24, os.path.join(args.runs, "held-out.npy")), len(pictures.HELD_OUT))
    model = Autoencoder(recipes.AUTOENCODER)
    start = os.path.join(args.runs, "thumbnails.pt")
    model.load_state_dict(torch.load(start, map_location="cpu")["averaged"])
    plan = recipe["autoencoder"]
    if args.decoder_only:
        model.encoder.requires_grad_(False)
    run = Run("autoencoder", args, model.to(device), plan["steps"])
    run.averaged.to(device)
    while run.progress < 1:
        rng = run.rng()
        side, frames, count, rate = phase(plan["phases"], run.progress)
        x = batch(rng, source, side, frames, count).to(device)
        with autocast(device):
            loss = reconstruction_loss(x, model(x).float())
        run.update(loss, rate)
        if run.step % 100 == 0:
            print(f"step {run.step} {run.seconds:.0f} s, {side} px: held-out PSNR %.2f, first frame %.2f dB"
                  % validate(run.averaged, held, device, 128, 9), flush=True)
    run.save()


if __name__ == "__main__":
    main()
