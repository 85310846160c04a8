"""FSAE autoencoder and latent upsampler, with the parameter names of the Java models.

Tensors are [batch, frames, height, width, channels]. A 3x3x3 convolution runs as one 2-D convolution over the
channels of its frames put side by side, which on a CPU is about twice as fast as a 3-D convolution.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

# Stages from this one on work at an eighth of the size or less.
INNER = 3


def pixel_norm(x, eps):
    return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + eps).to(x.dtype)


def space_to_channels(x, rt, rs):
    """[b, t rt, h rs, w rs, c] to [b, t, h, w, c rt rs rs]; channel = ((c rt + it) rs + ih) rs + iw."""
    b, t, h, w, c = x.shape
    x = x.reshape(b, t // rt, rt, h // rs, rs, w // rs, rs, c)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(b, t // rt, h // rs, w // rs, c * rt * rs * rs)


def channels_to_space(x, rt, rs):
    b, t, h, w, c = x.shape
    x = x.reshape(b, t, h, w, c // (rt * rs * rs), rt, rs, rs)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(b, t * rt, h * rs, w * rs, c // (rt * rs * rs))


def repeated(x, times):
    """Every channel `times` times in a row."""
    return x.unsqueeze(-1).expand(*x.shape, times).reshape(*x.shape[:-1], x.shape[-1] * times)


def tap_frames(mode, frames):
    """Input frames of the three taps, one list per tap; None is a frame of zeros. mode: causal, same, zero or a group size."""
    t = range(frames)
    if mode == "causal":
        return [[max(i - 2, 0) for i in t], [max(i - 1, 0) for i in t], list(t)]
    before = [max(i - 1, 0) for i in t]
    if mode == "same":
        return [before, list(t), [min(i + 1, frames - 1) for i in t]]
    if mode == "zero":
        return [[None] + list(range(frames - 1)), list(t), list(range(1, frames)) + [None]]
    if (frames - 1) % mode:
        raise ValueError(f"group convolution: frames must be 1 + {mode} k, got {frames}")
    return [before, list(t), [i if i % mode == 0 else i + 1 for i in t]]


def runs(index):
    """(first output frame, first input frame, count) of neighbours that read neighbours; frames of zeros are left out."""
    out = []
    for i, frame in enumerate(index):
        if frame is None:
            continue
        if out and i == out[-1][0] + out[-1][2] and frame == out[-1][1] + out[-1][2]:
            out[-1][2] += 1
        else:
            out.append([i, frame, 1])
    return out


class SideBySide(torch.autograd.Function):
    """Frames of all taps next to each other on the channel axis: [b, t, h, w, c] to [b, t, h, w, taps c]."""

    @staticmethod
    def forward(ctx, x, taps):
        b, t, h, w, c = x.shape
        ctx.taps, ctx.channels = taps, c
        out = x.new_zeros(b, t, h, w, len(taps) * c) if any(None in i for i in taps) else x.new_empty(b, t, h, w, len(taps) * c)
        for k, index in enumerate(taps):
            for to, source, count in runs(index):
                out[:, to:to + count, ..., k * c:(k + 1) * c] = x[:, source:source + count]
        return out

    @staticmethod
    def backward(ctx, grad):
        c, (b, t, h, w, _) = ctx.channels, grad.shape
        dx = grad.new_zeros(b, t, h, w, c)
        for k, index in enumerate(ctx.taps):
            for to, source, count in runs(index):
                dx[:, source:source + count] += grad[:, to:to + count, ..., k * c:(k + 1) * c]
        return dx, None


class Conv(nn.Module):
    """Weights as a 3-D convolution, [out, in / groups, 3 or 1, k, k]."""

    def __init__(self, ci, co, bias=True, kernel=3, mode="causal", groups=1, frames=3):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(co, ci // groups, frames, kernel, kernel))
        nn.init.normal_(self.weight, std=self.weight[0].numel() ** -0.5)
        self.bias = nn.Parameter(torch.zeros(co)) if bias else None
        self.mode, self.groups, self.kernel = mode, groups, kernel

    def forward(self, x):
        if self.weight.shape[2:] == (1, 1, 1) and self.groups == 1:
            return F.linear(x, self.weight[:, :, 0, 0, 0], self.bias)
        if self.weight.shape[2] == 1:
            return self.spatial(x, self.weight[:, :, 0])
        kernels = merge(tap_frames(self.mode, x.shape[1]), list(self.weight.unbind(2)))
        if self.groups > 1:
            return self.depthwise(x, kernels)
        stacked = x if list(kernels) == [tuple(range(x.shape[1]))] else SideBySide.apply(x, list(kernels))
        return self.spatial(stacked, torch.cat(list(kernels.values()), 1))

    def depthwise(self, x, kernels):
        y = None
        for index, kernel in kernels.items():
            part = self.spatial(SideBySide.apply(x, [index]), kernel, bias=y is None)
            y = part if y is None else y + part
        return y

    def spatial(self, x, weight, bias=True):
        b, t, h, w, c = x.shape
        y = F.conv2d(x.reshape(b * t, h, w, c).permute(0, 3, 1, 2), weight, self.bias if bias else None,
                     padding=self.kernel // 2, groups=self.groups)
        return y.permute(0, 2, 3, 1).reshape(b, t, h, w, -1)


def merge(taps, kernels):
    """Taps that read the same frames become one."""
    merged = {}
    for index, kernel in zip(taps, kernels):
        key = tuple(index)
        merged[key] = merged[key] + kernel if key in merged else kernel
    return merged


def holder(**parts):
    module = nn.Module()
    for name, part in parts.items():
        module.add_module(name, part)
    return module


class ResBlock(nn.Module):
    def __init__(self, width, mode, eps):
        super().__init__()
        self.main = holder(conv1=holder(conv=Conv(width, width, mode=mode)),
                           conv2=holder(conv=Conv(width, width, bias=False, mode=mode)))
        self.eps = eps

    def forward(self, x, noise=None):
        h = self.main.conv1.conv(x)
        if noise is not None:
            h = h + noise[0]
        h = self.main.conv2.conv(F.silu(h))
        if noise is not None:
            h = h + noise[1]
        return x + pixel_norm(h, self.eps)


def relu_attention(q, k, v, eps):
    """q [..., n, d], k and v [..., m, d]; relu(q) relu(k)' v over the sum of the weights."""
    q, k = F.relu(q.float()), F.relu(k.float())
    state = k.transpose(-1, -2) @ F.pad(v.float(), (0, 1), value=1.0)
    out = q @ state
    return (out[..., :-1] / (out[..., -1:] + eps)).to(v.dtype)


class LiteMla(nn.Module):
    def __init__(self, width, c):
        super().__init__()
        self.heads, self.dim = width // c["attention_dim"], c["attention_dim"]
        self.norm_eps, self.eps = c["norm_eps"], c["attention_eps"]
        self.qkv = holder(conv=Conv(width, 3 * width, bias=False, kernel=1, frames=1))
        k = c["aggregation_kernel"]
        self.aggreg = nn.ModuleList([nn.ModuleList([
            Conv(3 * width, 3 * width, bias=False, kernel=k, groups=3 * width, frames=1),
            Conv(3 * width, 3 * width, bias=False, kernel=1, groups=3 * self.heads, frames=1)])])
        self.proj = holder(conv=Conv(2 * width, width, bias=False, kernel=1, frames=1))

    def grouped_linear(self, x):
        """The 1x1 convolution in groups of one head's q, k or v."""
        *rest, c = x.shape
        weight = self.aggreg[0][1].weight.reshape(3 * self.heads, self.dim, self.dim)
        return torch.einsum("ngi,goi->ngo", x.reshape(-1, 3 * self.heads, self.dim), weight).reshape(*rest, c)

    def forward(self, x):
        b, t, h, w, c = x.shape
        qkv = self.qkv.conv(x)
        qkv = torch.cat([qkv, self.grouped_linear(self.aggreg[0][0](qkv))], -1)
        qkv = qkv.reshape(b * t, h * w, 2 * self.heads, 3, self.dim).permute(3, 0, 2, 1, 4)
        out = relu_attention(qkv[0], qkv[1], qkv[2], self.eps)
        out = out.transpose(1, 2).reshape(b, t, h, w, 2 * c)
        return pixel_norm(self.proj.conv(out), self.norm_eps)


class GluMbConv(nn.Module):
    def __init__(self, width, mode, c):
        super().__init__()
        inner = width * c["expand_ratio"]
        self.inverted_conv = holder(conv=Conv(width, 2 * inner, kernel=1, frames=1))
        self.depth_conv = holder(conv=Conv(2 * inner, 2 * inner, mode=mode, groups=2 * inner))
        self.point_conv = holder(conv=Conv(inner, width, bias=False, kernel=1, frames=1))
        self.eps = c["norm_eps"]

    def forward(self, x):
        a, gate = self.depth_conv.conv(F.silu(self.inverted_conv.conv(x))).chunk(2, -1)
        return pixel_norm(self.point_conv.conv(a * F.silu(gate)), self.eps)


class EVitBlock(nn.Module):
    def __init__(self, width, mode, c):
        super().__init__()
        self.context_module = holder(main=LiteMla(width, c))
        self.local_module = holder(main=GluMbConv(width, mode, c))

    def forward(self, x, noise=None):
        x = x + self.context_module.main(x)
        return x + self.local_module.main(x)


class Down(nn.Module):
    def __init__(self, ci, co, rt):
        super().__init__()
        self.main = holder(conv=holder(conv=Conv(ci, co // (4 * rt))))
        self.rt, self.co = rt, co

    def forward(self, x):
        y = self.main.conv.conv(x)
        if self.rt == 2:
            x, y = torch.cat([x[:, :1], x], 1), torch.cat([y[:, :1], y], 1)
        shortcut = space_to_channels(x, self.rt, 2)
        shortcut = shortcut.reshape(*shortcut.shape[:-1], self.co, -1).mean(-1)
        return space_to_channels(y, self.rt, 2) + shortcut


class Up(nn.Module):
    def __init__(self, ci, co, rt, mode):
        super().__init__()
        self.main = holder(conv=holder(conv=Conv(ci, co * 4 * rt, mode=mode)))
        self.rt, self.repeats = rt, co * 4 * rt // ci

    def forward(self, x):
        y = self.main.conv.conv(x) + repeated(x, self.repeats)
        y = channels_to_space(y, self.rt, 2)
        return y[:, 1:] if self.rt == 2 else y


class CrossAttention(nn.Module):
    def __init__(self, width, kind, c):
        super().__init__()
        for name in "q", "k", "v", "proj":
            setattr(self, name, holder(conv=Conv(width, width, bias=False, kernel=1, frames=1)))
        nn.init.zeros_(self.proj.conv.weight)
        self.kind, self.dim = kind, c["cross_dim"][kind]
        self.norm_eps, self.eps = c["norm_eps"], c["attention_eps"]

    def heads(self, x):
        b, t, h, w, c = x.shape
        return x.reshape(b, t * h * w, c // self.dim, self.dim).transpose(1, 2)

    def forward(self, x, feature):
        q = self.heads(self.q.conv(pixel_norm(x, self.norm_eps)))
        f = pixel_norm(feature, self.norm_eps)
        k, v = self.heads(self.k.conv(f)), self.heads(self.v.conv(f))
        if self.kind == "linear":
            out = relu_attention(q, k, v, self.eps)
        else:
            out = F.softmax((q @ k.transpose(-1, -2)).float() * self.dim ** -0.5, -1).to(v.dtype) @ v
        return x + self.proj.conv(out.transpose(1, 2).reshape(x.shape))


def block(kind, width, mode, c):
    return ResBlock(width, mode, c["norm_eps"]) if kind == "ResBlock" else EVitBlock(width, mode, c)


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        widths, factors = c["encoder"]["width_list"], c["temporal_factor"]
        self.features = c["feature_stages"]
        self.project_in = holder(conv=Conv(3, widths[0]))
        self.stages = nn.ModuleList()
        for i, width in enumerate(widths):
            ops = [block(c["encoder"]["block_type"][i], width, "causal", c) for _ in range(c["encoder"]["depth_list"][i])]
            if i < len(factors):
                ops.append(Down(width, widths[i + 1], factors[i]))
            self.stages.append(holder(op_list=nn.ModuleList(ops)))
        self.project_out = holder(main=holder(op_list=nn.ModuleList([holder(conv=Conv(widths[-1], c["latent_channels"]))])))
        self.latent = c["latent_channels"]

    def forward(self, x):
        """Latent and {stage: feature of the first frame}."""
        features = {}
        # Under autocast the layers compute in bf16, but the sum over blocks keeps its digits.
        x = self.run(self.project_in.conv(x).to(x.dtype), range(INNER), features)
        return self.inner(x, features)

    def run(self, x, stages, features):
        for i in stages:
            for op in self.stages[i].op_list:
                x = op(x)
            if i in self.features:
                features[i] = x[:, :1]
        return x

    def inner(self, x, features):
        """The stages from an eighth of the size on, as `forward`."""
        x = self.run(x, range(INNER, len(self.stages)), features)
        shortcut = x.reshape(*x.shape[:-1], self.latent, -1).mean(-1)
        return self.project_out.main.op_list[0].conv(x) + shortcut, features


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, factors = c["decoder"], c["temporal_factor"]
        widths, last = d["width_list"], len(factors)
        mode = 1 if d["time"] == "group" else "same"
        self.project_in = holder(main=holder(conv=Conv(c["latent_channels"], widths[-1], mode=mode)))
        self.repeats = widths[-1] // c["latent_channels"]
        stages = [None] * len(widths)
        for i in reversed(range(len(widths))):
            ops = []
            if i < last:
                ops.append(Up(widths[i + 1], widths[i], factors[i], mode))
                mode = mode * factors[i] if d["time"] == "group" else mode
            ops += [block(d["block_type"][i], widths[i], mode, c) for _ in range(d["depth_list"][i])]
            stages[i] = holder(op_list=nn.ModuleList(ops))
        self.stages = nn.ModuleList(stages)
        self.cross_attention = nn.ModuleDict({
            i: CrossAttention(widths[min(int(i) + 1, last)], kind, c) for i, kind in d["cross_attention"].items()})
        self.project_out = holder(op_list=nn.ModuleList([nn.Identity(), nn.Identity(), holder(conv=Conv(widths[0], 3, mode=mode))]))
        self.eps, self.noise_weight = c["norm_eps"], c["noise_weight"]

    def noise_maps(self, noise, stage, op):
        if noise is None:
            return None
        keys = [f"decoder.stages.{stage}.op_list.{op}.main.conv{i}" for i in (1, 2)]
        return [self.noise_weight * noise[k].permute(0, 2, 3, 4, 1) for k in keys] if keys[0] in noise else None

    def attend(self, x, i, features):
        return self.cross_attention[str(i)](x, features[i]) if features is not None and str(i) in self.cross_attention else x

    def run(self, x, i, noise):
        for j, op in enumerate(self.stages[i].op_list):
            x = op(x) if isinstance(op, Up) else op(x, self.noise_maps(noise, i, j))
        return x

    def inner(self, z, features=None, noise=None):
        """The stages up to an eighth of the size."""
        x = self.project_in.main.conv(z).to(z.dtype) + repeated(z, self.repeats)
        for i in reversed(range(INNER, len(self.stages))):
            x = self.run(self.attend(x, i, features), i, noise)
        return self.attend(x, INNER - 1, features)

    def forward(self, z, features=None, noise=None):
        x = self.inner(z, features, noise)
        x = self.run(x, INNER - 1, noise)
        for i in reversed(range(INNER - 1)):
            x = self.run(self.attend(x, i, features), i, noise)
        return self.project_out.op_list[2].conv(F.relu(pixel_norm(x, self.eps)))


class Autoencoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder, self.decoder = Encoder(config), Decoder(config)

    def forward(self, x):
        latent, features = self.encoder(x)
        return self.decoder(latent, features)


class UpsamplerBlock(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.conv1, self.conv2 = Conv(width, width, mode="zero"), Conv(width, width, mode="zero")
        self.eps = eps

    def forward(self, x):
        h = F.silu(pixel_norm(self.conv1(x), self.eps))
        return F.silu(pixel_norm(self.conv2(h), self.eps) + x)


class LatentUpsampler(nn.Module):
    """Twice the height and width: [b, t, h, w, c] to [b, t, 2 h, 2 w, c]."""

    def __init__(self, c):
        super().__init__()
        self.config = c
        self.proj_in = Conv(c["latent_channels"], 4 * c["mid_channels"], mode="zero")
        self.res_blocks = nn.ModuleList(UpsamplerBlock(c["mid_channels"], c["norm_eps"]) for _ in range(c["num_blocks"]))
        self.proj_out = Conv(c["mid_channels"], c["latent_channels"], mode="zero")

    def forward(self, z):
        x = channels_to_space(self.proj_in(z), 1, 2)
        for res in self.res_blocks:
            x = res(x)
        return self.proj_out(x)
