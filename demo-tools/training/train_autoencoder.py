"""Trains the autoencoder on clips of random moves, with first-frame features (report 2.2): first both halves, from the closed form,
then, with --decoder-only, the decoder alone, so that diffusion models trained on the encoder's latents keep fitting.

The closed form's stream is large (`thumbnails.SCALE`), so that residual blocks, whose branches have norm one, begin as small changes to it."""
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
    source = clips.Source(*pictures.training_pool(args.runs), 0.75)
    held = clips.Source(*pictures.held_out_pool(args.runs))
    name, before = ("decoder", "joint") if args.decoder_only else ("joint", "closed-form")
    model = Autoencoder(recipes.AUTOENCODER)
    model.load_state_dict(torch.load(os.path.join(args.runs, f"{before}.pt"), map_location="cpu")["averaged"])
    model.encoder.requires_grad_(not args.decoder_only)
    plan = recipe[name]
    run = Run(name, args, model.to(device), plan["steps"])
    run.averaged.to(device)
    while run.progress < 1:
        rng = run.rng()
        side, frames, count, rate = phase(plan["phases"], run.progress)
        x = batch(rng, source, side, frames, count).to(device)
        with autocast(device):
            with torch.set_grad_enabled(not args.decoder_only):
                latent, features = model.encoder(x)
            y = model.decoder(latent, features)
        run.update(reconstruction_loss(x, y.float()), rate)
        if run.step % 200 == 0:
            found = validate(run.averaged, held, device, 256, 9)
            run.note("psnr", found[0])
            print(f"step {run.step} {run.seconds:.0f} s, {side} px: held-out PSNR %.2f, first frame %.2f dB" % found, flush=True)
    run.save()


if __name__ == "__main__":
    main()
