"""The autoencoder on thumbnails of an eighth of the size, where a step costs a sixtieth.

The outer stages are written down by hand: the encoder's average pixels, the decoder's interpolate them. Only the inner stages,
from an eighth of the size on, are left to fit."""
import torch

import clips
from train_autoencoder import pooled

# Large beside what residual blocks add, whose branches have norm one: untrained blocks then change little.
SCALE = 400.0
CONSTANT = 16000.0
OFFSET = 700.0


BILINEAR = torch.stack([torch.stack([torch.outer(r, c) for c in (torch.tensor([0.25, 0.75, 0]), torch.tensor([0, 0.75, 0.25]))])
                        for r in (torch.tensor([0.25, 0.75, 0]), torch.tensor([0, 0.75, 0.25]))])


def interpolate(conv, sources, colour_channels, ways, kernels):
    """Makes an Up that repeats pixels into one that interpolates the mean of `sources`; the first of them is the repeated one.

    kernels: what the upper left, upper right, lower left and lower right of the finer pixels see, [2, 2, 3, 3]."""
    conv.weight.zero_()
    conv.bias.zero_()
    for k in range(conv.weight.shape[0]):
        if k // ways < colour_channels:
            for source in sources(k):
                conv.weight[k, source, 1] += kernels[(k // 2) % 2, k % 2] / len(sources(k))
            conv.weight[k, sources(k)[0], 1, 1, 1] -= 1


def write_outer_stages(model, kernels=(BILINEAR,) * 3):
    """kernels: from an eighth of the size to a quarter, to a half, to the whole. Base channels 0..2 are the colours times SCALE; the decoder's last norm sees them beside a large constant."""
    encoder, decoder = model.encoder, model.decoder
    with torch.no_grad():
        encoder.project_in.conv.weight.zero_()
        for c in range(3):
            encoder.project_in.conv.weight[c, c, 2, 1, 1] += SCALE
        for i in range(3):
            encoder.stages[i].op_list[-1].main.conv.conv.weight.zero_()
        up = [decoder.stages[i].op_list[0].main.conv.conv for i in range(3)]
        interpolate(up[2], lambda k: [k // 4], 3 * 8, 4, kernels[0])
        interpolate(up[1], lambda k: [k // 2, (k // 2) ^ 1], 3 * 2, 8, kernels[1])
        interpolate(up[0], lambda k: [k // 4], 3, 8, kernels[2])
        bias = up[0].bias.view(-1, 8)
        bias[:3], bias[-1] = OFFSET, CONSTANT
        width = bias.shape[0]
        out = decoder.project_out.op_list[2].conv
        out.weight.zero_()
        norm = ((CONSTANT ** 2 + 3 * OFFSET ** 2) / width) ** 0.5
        for c in range(3):
            out.weight[c, c, 1, 1, 1] = norm / SCALE
        out.bias.fill_(-OFFSET / SCALE)


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
    """Thumbnails through the inner stages, and their latent; the encoder gets no gradient."""
    packed = pack(x)
    with torch.no_grad():
        latent, features = model.encoder.inner(packed, {2: packed[:, :1]})
    return unpack(model.decoder.inner(latent, features))[:, 3:], latent
