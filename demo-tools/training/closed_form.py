"""Writes down the autoencoder that training starts from: RUNS/closed-form.pt in a minute on one core.

Without its residual blocks its layers are linear, so principal components give the encoder and least squares the decoder, stage by stage, on
thumbnails. Every stage of the encoder keeps the directions that explain most of what its pixels show."""
import os
import random

import torch
import torch.nn.functional as F

import clips
import pictures
import recipes
from autoencoder import Autoencoder, space_to_channels
from train_autoencoder import pooled, psnr
from thumbnails import batch, pack, through, write_outer_stages
from training import arguments, setup

CENTRE = 1
NEWEST = 2


def regression(x, y, ridge=1e-4):
    """B with x B near y; x [n, i], y [n, o]."""
    gram = x.T @ x
    gram += ridge * gram.diagonal().mean() * torch.eye(len(gram)) + 1e-6 * torch.eye(len(gram))
    return torch.linalg.solve(gram, x.T @ y)


def targets(x):
    """What a position shows: colours of its four frames, [.., 12], from the packed thumbnails."""
    return x[..., :24].unflatten(-1, (12, 2)).mean(-1)


def nested(target, levels):
    """The same for positions 2^levels times as large."""
    for _ in range(levels):
        target = space_to_channels(target, 1, 2)
    return target


def components(x, target, count, power=0.0):
    """Filters on x, [count, channels], for the directions of `target` that vary most; scaled by their deviation ** -power."""
    b = regression(x.flatten(0, -2), target.flatten(0, -2))
    fitted = x.flatten(0, -2) @ b
    values, vectors = torch.linalg.eigh(fitted.T @ fitted / len(fitted))
    values, vectors = values.flip(0)[:count], vectors.flip(1)[:, :count]
    filters = (b @ vectors * values.clamp(min=1e-6).sqrt() ** -power).T
    return F.pad(filters, (0, 0, 0, count - len(filters)))


def write_encoder(encoder, x):
    """x: packed thumbnails. Returns the latents."""
    target = targets(x)
    for i in range(3, 6):
        down = encoder.stages[i].op_list[-1]
        conv = down.main.conv.conv
        conv.weight.zero_()
        conv.bias.zero_()
        conv.weight[:, :, NEWEST, CENTRE, CENTRE] = components(x, nested(target, i - 3), conv.weight.shape[0])
        x = down(x)
    conv = encoder.project_out.main.op_list[0].conv
    conv.weight.zero_()
    conv.bias.zero_()
    filters = components(x, nested(target, 3), encoder.latent, 0.5)
    ways = x.shape[-1] // encoder.latent
    for k in range(encoder.latent):
        filters[k, ways * k:ways * (k + 1)] -= 1 / ways
    conv.weight[:, :, NEWEST, CENTRE, CENTRE] = filters
    shortcut = x.reshape(*x.shape[:-1], encoder.latent, -1).mean(-1)
    return conv(x) + shortcut


def neighbourhood(x):
    """[b, t, h, w, c] to [n, 9 c + 1], channels of a tap together; zeros beyond the border, as the convolution has it."""
    b, t, h, w, c = x.shape
    patches = F.unfold(x.reshape(b * t, h, w, c).permute(0, 3, 1, 2), 3, padding=1)
    patches = patches.transpose(1, 2).reshape(-1, c, 9).transpose(1, 2).reshape(-1, 9 * c)
    return F.pad(patches, (0, 1), value=1.0)


def fit(conv, x, wanted):
    """Convolution weights (newest frame only) and bias so that conv(x) is near `wanted`."""
    inputs = neighbourhood(x)
    rows = torch.randperm(len(inputs))[:12000]
    b = regression(inputs[rows], wanted.flatten(0, -2)[rows])
    conv.weight.zero_()
    conv.weight[:, :, 1] = b[:-1].T.reshape(-1, 3, 3, x.shape[-1]).permute(0, 3, 1, 2)
    conv.bias.copy_(b[-1])


def write_decoder(decoder, z, packed):
    """Every Up is fitted to the principal components of what its finer positions show; the last to the thumbnails themselves."""
    target = targets(packed)
    conv = decoder.project_in.main.conv
    conv.weight.zero_()
    conv.bias.zero_()
    x = conv(z) + z.repeat_interleave(decoder.repeats, -1)
    for i in range(5, 2, -1):
        up = decoder.stages[i].op_list[0]
        width = up.main.conv.conv.weight.shape[0] // 4
        if i == 3:
            fine = packed
        else:
            shown = nested(target, i - 3)
            fine = shown @ components(shown, shown, min(width, shown.shape[-1])).T
            fine = F.pad(fine, (0, width - fine.shape[-1]))
        wanted = space_to_channels(fine, 1, 2) - x.repeat_interleave(up.repeats, -1)
        fit(up.main.conv.conv, x, wanted)
        x = up(x)
    return x


@torch.no_grad()
def main():
    parser = arguments(__doc__)
    parser.add_argument("--clips", type=int, default=160)
    args = parser.parse_args()
    setup(args)
    path = os.path.join(args.runs, "closed-form.pt")
    if os.path.exists(path):
        return
    source, held = clips.Source(*pictures.training_pool(args.runs), 0.75), clips.Source(*pictures.held_out_pool(args.runs))
    rng = random.Random(args.seed)
    made = [clips.clip(rng, source, (64, 64), 9, rng.choice(clips.MOTIONS), rng.uniform(1, 2), closer=False)[0] for _ in range(args.clips)]
    packed = pack(pooled(torch.stack(made)))
    model = Autoencoder(recipes.AUTOENCODER)
    write_outer_stages(model)
    z = write_encoder(model.encoder, packed)
    write_decoder(model.decoder, z, packed)
    x = batch(random.Random(6), held, 8, 9)
    y, latent = through(model, x)
    print(f"held-out thumbnails {psnr(x, y):.2f} dB, first frame {psnr(x[:, :1], y[:, :1]):.2f}, latent {float(latent.std()):.2f}")
    state = {"model": model.state_dict(), "averaged": model.state_dict(), "step": 0, "seconds": 0.0}
    torch.save(state, path)


if __name__ == "__main__":
    main()
