"""The diffusion transformer: Wan2.1's block with layer memory and patches of one latent, with the Java model's parameter names."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class RmsNorm(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(dim)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def rotations(grid, pairs, dtype, device):
    """cos and sin, [tokens, pairs]: the pairs of a head are split into frame | height | width."""
    side = pairs // 3
    axes = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in grid), indexing="ij")
    angles = [axis.reshape(-1, 1) * 10000.0 ** (-torch.arange(n, dtype=torch.float64) / n)
              for axis, n in zip(axes, (pairs - 2 * side, side, side))]
    angles = torch.cat(angles, 1)
    return angles.cos().to(device, dtype), angles.sin().to(device, dtype)


def rotate(x, cos, sin):
    """x [b, n, heads, d]; channels 2 j and 2 j + 1 are one complex number."""
    pairs = torch.view_as_complex(x.to(cos.dtype).unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.complex(cos, sin)[:, None]).flatten(-2).to(x.dtype)


def attend(q, k, v):
    """[b, n, heads, d] each."""
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    weights = F.softmax((q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5, -1)
    return (weights @ v).transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    def __init__(self, c, sources):
        super().__init__()
        dim = c["dim"]
        self.heads = c["num_heads"]
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.norm_q, self.norm_k = RmsNorm(dim, c["eps"]), RmsNorm(dim, c["eps"])
        if sources > 1 and c["layer_memory"] == "dynamic_router":
            self.router = nn.Linear(dim, sources)

    def forward(self, h, memory, cos, sin):
        split = lambda x: x.unflatten(-1, (self.heads, -1))
        q = rotate(split(self.norm_q(self.q(h))), cos, sin)
        k = rotate(split(self.norm_k(self.k(memory))), cos, sin)
        return self.o(attend(q, k, split(self.v(memory))))


class CrossAttention(nn.Module):
    """Text and image rows in two softmaxes, summed before the output projection."""

    def __init__(self, c):
        super().__init__()
        dim = c["dim"]
        self.heads = c["num_heads"]
        self.q, self.k, self.v, self.o, self.k_img, self.v_img = (nn.Linear(dim, dim) for _ in range(6))
        self.norm_q, self.norm_k, self.norm_k_img = (RmsNorm(dim, c["eps"]) for _ in range(3))

    def forward(self, x, text, image):
        split = lambda x: x.unflatten(-1, (self.heads, -1))
        q = split(self.norm_q(self.q(x)))
        out = attend(q, split(self.norm_k(self.k(text))), split(self.v(text)))
        return self.o(out + attend(q, split(self.norm_k_img(self.k_img(image))), split(self.v_img(image))))


class Block(nn.Module):
    def __init__(self, c, sources):
        super().__init__()
        dim = c["dim"]
        self.eps = c["eps"]
        self.modulation = nn.Parameter(torch.randn(1, 6, dim) / dim ** 0.5)
        self.self_attn, self.cross_attn = SelfAttention(c, sources), CrossAttention(c)
        self.norm3 = nn.LayerNorm(dim, eps=c["eps"])
        self.ffn = nn.Sequential(nn.Linear(dim, c["ffn_dim"]), nn.GELU("tanh"), nn.Linear(c["ffn_dim"], dim))

    def forward(self, history, e0, text, image, cos, sin):
        """history: the embedded tokens and the outputs of all blocks so far. Returns the next, and the router's weights."""
        x = history[-1]
        shift, scale, gate, shift_f, scale_f, gate_f = (self.modulation + e0).unsqueeze(2).unbind(1)
        norm = lambda y: F.layer_norm(y, y.shape[-1:], eps=self.eps)
        h = norm(x) * (1 + scale) + shift
        memory, weights = h, None
        if hasattr(self.self_attn, "router"):
            weights = F.softmax(self.self_attn.router(h), -1)
            mix = sum(weights[..., i:i + 1] * state for i, state in enumerate(history))
            memory = norm(mix) * (1 + scale) + shift
        x = x + gate * self.self_attn(h, memory, cos, sin)
        x = x + self.cross_attn(self.norm3(x), text, image)
        return x + gate_f * self.ffn(norm(x) * (1 + scale_f) + shift_f), weights


class Head(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.modulation = nn.Parameter(torch.randn(1, 2, c["dim"]) / c["dim"] ** 0.5)
        self.head = nn.Linear(c["dim"], c["out_dim"])
        self.eps = c["eps"]

    def forward(self, x, e):
        shift, scale = (self.modulation + e.unsqueeze(1)).unsqueeze(2).unbind(1)
        return self.head(F.layer_norm(x, x.shape[-1:], eps=self.eps) * (1 + scale) + shift)


class ImageEmbedding(nn.Module):
    def __init__(self, c):
        super().__init__()
        wide = c["clip_dim"]
        self.proj = nn.Sequential(nn.LayerNorm(wide, eps=1e-5), nn.Linear(wide, wide), nn.GELU(),
                                  nn.Linear(wide, c["dim"]), nn.LayerNorm(c["dim"], eps=1e-5))

    def forward(self, x):
        return self.proj(x)


class Dit(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim = c["dim"]
        self.config = c
        self.patch_embedding = nn.Conv3d(c["in_dim"], dim, 1)
        self.text_embedding = nn.Sequential(nn.Linear(c["text_dim"], dim), nn.GELU("tanh"), nn.Linear(dim, dim))
        self.time_embedding = nn.Sequential(nn.Linear(c["freq_dim"], dim), nn.SiLU(), nn.Linear(dim, dim))
        self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))
        self.blocks = nn.ModuleList(Block(c, i + 1) for i in range(c["num_layers"]))
        self.head = Head(c)
        self.img_emb = ImageEmbedding(c)

    def initialise(self):
        """Blocks start as the identity and the prediction as zero; routers start on the newest state, as Wan2.1 has it."""
        nn.init.zeros_(self.head.head.weight)
        nn.init.zeros_(self.head.head.bias)
        for block in self.blocks:
            nn.init.zeros_(block.cross_attn.o.weight)
            if hasattr(block.self_attn, "router"):
                nn.init.zeros_(block.self_attn.router.weight)
                nn.init.zeros_(block.self_attn.router.bias)
                block.self_attn.router.bias.data[-1] = 2.0
        return self

    def times(self, t, dtype):
        half = self.config["freq_dim"] // 2
        angles = t.double()[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.float64, device=t.device) / half)
        e = self.time_embedding(torch.cat([angles.cos(), angles.sin()], 1).to(dtype))
        return e, self.time_projection(e).unflatten(1, (6, -1))

    def forward(self, x, t, text, image, routers=None):
        """x [b, f, h, w, in_dim], t [b] in 0..1000, text [b, <= text_len, text_dim] with zero rows behind each text, image [b, n, clip_dim]."""
        b, f, h, w, _ = x.shape
        e, e0 = self.times(t, x.dtype)
        text = self.text_embedding(F.pad(text, (0, 0, 0, self.config["text_len"] - text.shape[1])))
        image = self.img_emb(image)
        weight = self.patch_embedding.weight[:, :, 0, 0, 0]
        history = [F.linear(x.reshape(b, f * h * w, -1), weight, self.patch_embedding.bias)]
        pairs = self.config["dim"] // self.config["num_heads"] // 2
        cos, sin = rotations((f, h, w), pairs, x.dtype, x.device)
        for block in self.blocks:
            out, weights = block(history, e0, text, image, cos, sin)
            history.append(out)
            if routers is not None and weights is not None:
                routers.append(weights.detach())
        return self.head(history[-1], e).reshape(b, f, h, w, -1)
