"""What the transformers read besides latents: text rows (umT5's encoder) and image rows (CLIP's vision tower)."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from transformer import RmsNorm

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def bucket(distance, buckets):
    """Relative position bucket, both directions; distances from 128 on share the last."""
    half = buckets // 2
    exact = half // 2
    r = abs(distance)
    if r >= exact:
        r = min(half - 1, exact + int(math.log(r / exact) / math.log(128 / exact) * (half - exact)))
    return r + (half if distance > 0 else 0)


class TextAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["num_heads"]
        self.q, self.k, self.v = (nn.Linear(c["dim"], c["dim_attn"], bias=False) for _ in range(3))
        self.o = nn.Linear(c["dim_attn"], c["dim"], bias=False)

    def forward(self, x, bias):
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        out = F.softmax(q @ k.transpose(-1, -2) + bias, -1) @ v
        return self.o(out.transpose(1, 2).flatten(2))


class TextFeedForward(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(c["dim"], c["dim_ffn"], bias=False), nn.GELU("tanh"))
        self.fc1 = nn.Linear(c["dim"], c["dim_ffn"], bias=False)
        self.fc2 = nn.Linear(c["dim_ffn"], c["dim"], bias=False)

    def forward(self, x):
        return self.fc2(self.fc1(x) * self.gate(x))


class TextPositions(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embedding = nn.Embedding(c["num_buckets"], c["num_heads"])
        nn.init.normal_(self.embedding.weight, std=0.1)


class TextBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm1, self.norm2 = RmsNorm(c["dim"], 1e-6), RmsNorm(c["dim"], 1e-6)
        self.attn, self.ffn = TextAttention(c), TextFeedForward(c)
        self.pos_embedding = TextPositions(c)

    def forward(self, x, buckets, mask):
        bias = self.pos_embedding.embedding(buckets).permute(2, 0, 1)[None] + mask
        x = x + self.attn(self.norm1(x), bias)
        return x + self.ffn(self.norm2(x))


class TextEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.token_embedding = nn.Embedding(c["vocab_size"], c["dim"])
        self.blocks = nn.ModuleList(TextBlock(c) for _ in range(c["num_layers"]))
        self.norm = RmsNorm(c["dim"], 1e-6)

    def initialise(self):
        """Attention has no 1 / sqrt(d), so its queries start small."""
        for block in self.blocks:
            block.attn.q.weight.data.mul_((self.config["dim_attn"] // self.config["num_heads"]) ** -0.5)
        return self

    def forward(self, ids):
        """ids [b, n], 0 behind each text; rows of the padding are zero."""
        n = ids.shape[1]
        keep = ids != 0
        mask = torch.zeros(keep.shape, dtype=self.norm.weight.dtype, device=ids.device)
        mask = mask.masked_fill(~keep, torch.finfo(mask.dtype).min)[:, None, None]
        buckets = torch.tensor([[bucket(j - i, self.config["num_buckets"]) for j in range(n)] for i in range(n)], device=ids.device)
        x = self.token_embedding(ids)
        for block in self.blocks:
            x = block(x, buckets, mask)
        return self.norm(x) * keep[..., None]


class VisionAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["vision_heads"]
        self.to_qkv = nn.Linear(c["vision_dim"], 3 * c["vision_dim"])
        self.proj = nn.Linear(c["vision_dim"], c["vision_dim"])

    def forward(self, x):
        q, k, v = (y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in self.to_qkv(x).chunk(3, -1))
        out = F.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, -1) @ v
        return self.proj(out.transpose(1, 2).flatten(2))


class VisionBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, inner = c["vision_dim"], c["vision_dim"] * c["vision_mlp_ratio"]
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=c["norm_eps"]), nn.LayerNorm(dim, eps=c["norm_eps"])
        self.attn = VisionAttention(c)
        self.mlp = nn.Sequential(nn.Linear(dim, inner), nn.GELU(), nn.Linear(inner, dim))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Visual(nn.Module):
    """Only what the conditioning reads: the last block, the last norm and the head of CLIP are not there."""

    def __init__(self, c):
        super().__init__()
        dim, side = c["vision_dim"], c["image_size"] // c["patch_size"]
        self.patch_embedding = nn.Conv2d(3, dim, c["patch_size"], c["patch_size"], bias=False)
        self.cls_embedding = nn.Parameter(torch.randn(1, 1, dim) / dim ** 0.5)
        self.pos_embedding = nn.Parameter(torch.randn(1, side * side + 1, dim) / dim ** 0.5)
        self.pre_norm = nn.LayerNorm(dim, eps=c["norm_eps"])
        self.transformer = nn.ModuleList(VisionBlock(c) for _ in range(c["vision_layers"] - 1))


class ImageEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config, self.visual = c, Visual(c)

    def pixels(self, images):
        """images [b, h, w, 3] in [-1, 1], any size."""
        x = F.interpolate(images.permute(0, 3, 1, 2), (self.config["image_size"],) * 2, mode="bicubic", align_corners=False)
        mean, std = (torch.tensor(v, dtype=x.dtype, device=x.device).view(1, 3, 1, 1) for v in (MEAN, STD))
        return (x * 0.5 + 0.5 - mean) / std

    def forward(self, images):
        v = self.visual
        x = v.patch_embedding(self.pixels(images)).flatten(2).transpose(1, 2)
        x = torch.cat([v.cls_embedding.expand(x.shape[0], -1, -1), x], 1) + v.pos_embedding
        x = v.pre_norm(x)
        for block in v.transformer:
            x = block(x)
        return x
