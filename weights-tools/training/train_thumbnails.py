"""First part of the autoencoder's training: the inner stages learn to compress thumbnails of an eighth of the size.

The outer stages need no training for that: written down by hand, the encoder's average pixels and the decoder's interpolate
them. A step costs a sixtieth of a full-size one. `train_autoencoder.py` then trains all stages together from there."""
import os

import torch

import clips
import pictures
import recipes
from autoencoder import Autoencoder
from train_autoencoder import differences, pooled, psnr
from training import Run, arguments, autocast, cosine, setup

SCALE = 4.0
CONSTANT = 80.0
OFFSET = 6.0


def interpolate(conv, channel_of, colour_channels, ways):
    """Makes an Up that repeats pixels into one that interpolates them: kernel of the output minus the repeated centre."""
    with torch.no_grad():
        conv.weight.zero_()
        conv.bias.zero_()
        for k in range(conv.weight.shape[0]):
            if k // ways >= colour_channels:
                continue
            below, right = (k // 2) % 2, k % 2
            rows = torch.tensor([0, 0.75, 0.25]) if below else torch.tensor([0.25, 0.75, 0])
            columns = torch.tensor([0, 0.75, 0.25]) if right else torch.tensor([0.25, 0.75, 0])
            kernel = rows[:, None] * columns[None]
            kernel[1, 1] -= 1
            conv.weight[k, channel_of(k), 1] += kernel


def write_outer_stages(model):
    """Base channels 0..2 are the colours times SCALE; the decoder's last norm sees them beside a large constant."""
    encoder, decoder = model.encoder, model.decoder
    with torch.no_grad():
        encoder.project_in.conv.weight.zero_()
        for c in range(3):
            encoder.project_in.conv.weight[c, c, 2, 1, 1] += SCALE
        for i in range(3):
            encoder.stages[i].op_list[-1].main.conv.conv.weight.zero_()
        up = [decoder.stages[i].op_list[0].main.conv.conv for i in range(3)]
        interpolate(up[2], lambda k: k // 4, 3 * 8, 4)
        interpolate(up[1], lambda k: k // 2, 3 * 2, 8)
        interpolate(up[0], lambda k: k // 4, 3, 8)
        bias = up[0].bias.view(-1, 8)
        bias[:3], bias[-1] = OFFSET, CONSTANT
        width = bias.shape[0]
        out = decoder.project_out.op_list[2].conv
        out.weight.zero_()
        norm = ((CONSTANT ** 2 + 3 * OFFSET ** 2) / width) ** 0.5
        for c in range(3):
            out.weight[c, c, 1, 1, 1] = norm / SCALE
        out.bias.fill_(-OFFSET / SCALE)


def quieten_inner_stages(model):
    """The shortcuts alone pass a latent's mean colours; starting there is far better than starting from noise."""
    convs = [model.encoder.project_out.main.op_list[0].conv, model.decoder.project_in.main.conv]
    convs += [model.encoder.stages[i].op_list[-1].main.conv.conv for i in range(3, 6)]
    convs += [model.decoder.stages[i].op_list[0].main.conv.conv for i in range(3, 6)]
    with torch.no_grad():
        for conv in convs:
            conv.weight.mul_(0.1)


def pack(thumbnails):
    """[b, 1 + 4 k, h, w, 3] to what the outer encoder makes of the clip: [b, 1 + k, h, w, 64]."""
    b, t, h, w, _ = thumbnails.shape
    x = torch.cat([thumbnails[:, :1].expand(-1, 3, -1, -1, -1), thumbnails], 1).reshape(b, (t + 3) // 4, 2, 2, h, w, 3)
    x = SCALE * x.permute(0, 1, 4, 5, 6, 3, 2).unsqueeze(-1).expand(-1, -1, -1, -1, -1, -1, -1, 2)
    x = x.reshape(*x.shape[:4], 24)
    return torch.cat([x, x.new_zeros(*x.shape[:4], 40)], -1)


def unpack(x):
    """The inverse, without dropping the first latent's repeated frames: [b, 4 + 4 k, h, w, 3]."""
    b, t, h, w, _ = x.shape
    x = x[..., :24].reshape(b, t, h, w, 3, 2, 2, 2).mean(-1) / SCALE
    return x.permute(0, 1, 6, 5, 2, 3, 4).reshape(b, 4 * t, h, w, 3)


def batch(rng, source, count, frames):
    """Thumbnails of 256 and 128 pixel clips."""
    side = rng.choice((32, 32, 16))
    made = [clips.clip(rng, source, (2 * side, 2 * side), frames, rng.choice(clips.MOTIONS), rng.uniform(1, 16 / (frames - 1)), closer=False)[0]
            for _ in range(count * (4 if side == 16 else 1))]
    return pooled(torch.stack(made))


def through(model, x):
    features = {}
    packed = pack(x)
    features[2] = packed[:, :1]
    latent, features = model.encoder.inner(packed, features)
    return unpack(model.decoder.inner(latent, features))[:, 3:], latent


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
    write_outer_stages(model)
    quieten_inner_stages(model)
    run = Run("thumbnails", args, model.to(device), plan["steps"], average=0.99)
    run.averaged.to(device)
    while run.progress < 1:
        x = batch(run.rng(), source, plan["batch"], plan["frames"]).to(device)
        with autocast(device):
            y, latent = through(model, x)
            loss = loss_of(x, y.float())
        run.update(loss, cosine(run.progress, plan["rate"], plan["rate"] * 0.05))
        if run.step % 50 == 0:
            import random
            with torch.no_grad():
                x = batch(random.Random(6), held, 8, 9).to(device)
                y, latent = through(run.averaged, x)
            run.note("psnr", psnr(x, y))
            print(f"step {run.step} {run.seconds:.0f} s: held-out thumbnails {psnr(x, y):.2f} dB, first {psnr(x[:, :1], y[:, :1]):.2f},"
                  f" latent {float(latent.std()):.2f}", flush=True)
    run.save()


if __name__ == "__main__":
    main()
