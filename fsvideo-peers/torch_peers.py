#!/usr/bin/env python3
"""Times what the benches time, by PyTorch on a GPU: linear, attention, convolution, norms, GELU, a compiled transformer block.

Prints one line per shape: name, microseconds (median), TFLOP/s or GB/s. Needs torch with CUDA; nothing else.
Inputs rotate through more memory than the last-level cache holds; the device's own events measure.
"""
import argparse
import statistics

import torch
import torch.nn.functional as F

ROTATION_BYTES = 256 << 20
ROUNDS = 20


def rotating(make):
    """As many sets of inputs as it takes to leave the cache."""
    first = make()
    size = max(1, sum(t.numel() * t.element_size() for t in first))
    return [first] + [make() for _ in range(min(16, ROTATION_BYTES // size + 1))]


def microseconds(call, sets):
    for inputs in sets[:3]:
        call(*inputs)
    times = []
    for i in range(ROUNDS):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call(*sets[i % len(sets)])
        end.record()
        torch.cuda.synchronize()
        times.append(1e3 * begin.elapsed_time(end))
    return statistics.median(times)


def report(name, make, call, flops=0, bytes_moved=0):
    us = microseconds(call, rotating(make))
    rate = f"{flops / us * 1e-6:.1f} TFLOP/s" if flops else f"{bytes_moved / us * 1e-3:.0f} GB/s"
    print(f"{name:48s} {us:10.1f} us  {rate}", flush=True)


class Block(torch.nn.Module):
    """Wan2.1's block without image branch: modulated self-attention, cross-attention to text, modulated MLP."""

    def __init__(self, dim, ffn, heads):
        super().__init__()
        self.heads = heads
        names = "q k v o cross_q cross_k cross_v cross_o"
        self.linears = torch.nn.ModuleDict({name: torch.nn.Linear(dim, dim) for name in names.split()})
        self.norms = torch.nn.ModuleDict({name: torch.nn.RMSNorm(dim, 1e-6) for name in "q k cross_q cross_k".split()})
        self.norm3 = torch.nn.LayerNorm(dim, 1e-6)
        self.up, self.down = torch.nn.Linear(dim, ffn), torch.nn.Linear(ffn, dim)
        self.modulation = torch.nn.Parameter(torch.randn(6, dim) / dim**0.5)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def attend(self, q, k, v):
        return F.scaled_dot_product_attention(self.split(q), self.split(k), self.split(v)).transpose(1, 2).flatten(2)

    def modulated(self, x, i):
        return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + self.modulation[i + 1]) + self.modulation[i]

    def forward(self, x, text):
        at, norm = self.linears, self.norms
        h = self.modulated(x, 0)
        y = self.attend(norm["q"](at["q"](h)), norm["k"](at["k"](h)), at["v"](h))
        x = x + at["o"](y) * self.modulation[2]
        y = self.attend(norm["cross_q"](at["cross_q"](self.norm3(x))), norm["cross_k"](at["cross_k"](text)), at["cross_v"](text))
        x = x + at["cross_o"](y)
        return x + self.down(F.gelu(self.up(self.modulated(x, 3)), approximate="tanh")) * self.modulation[5]


@torch.inference_mode()
def main():
    dtypes = {"bf16": torch.bfloat16, "f32": torch.float32}
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--dtype", choices=dtypes, default="bf16")
    dtype = dtypes[arguments.parse_args().dtype]
    torch.manual_seed(1)

    def normal(*shape):
        return torch.randn(shape, device="cuda", dtype=dtype)

    print(torch.cuda.get_device_name(), "torch", torch.__version__, dtype)
    for m, k, n in [(1860, 5120, 5120), (1860, 5120, 13824), (7440, 5120, 5120), (7440, 5120, 13824), (7440, 13824, 5120)]:
        report(f"linear {m}x{k}x{n}", lambda: (normal(m, k), normal(n, k), normal(n)), F.linear, 2 * m * k * n)
    for tokens in (1860, 7440):
        make = lambda: tuple(normal(1, tokens, 40, 128).transpose(1, 2) for _ in range(3))
        report(f"attention {tokens}x40x128", make, F.scaled_dot_product_attention, 4 * tokens**2 * 5120)
        norm_bytes = 2 * tokens * 5120 * normal(1).element_size()
        report(f"rmsNorm {tokens}x5120", lambda: (normal(tokens, 5120),),
               lambda x: F.rms_norm(x, (5120,), eps=1e-6), bytes_moved=norm_bytes)
        report(f"layerNorm {tokens}x5120", lambda: (normal(tokens, 5120),),
               lambda x: F.layer_norm(x, (5120,), eps=1e-6), bytes_moved=norm_bytes)
        report(f"gelu {tokens}x13824", lambda: (normal(tokens, 13824),),
               lambda x: F.gelu(x, approximate="tanh"), bytes_moved=norm_bytes * 13824 / 5120)
        block = torch.compile(Block(5120, 13824, 40).to("cuda", dtype))
        linears = 2 * 5120 * (6 * 5120 + 2 * 13824) * tokens + 2 * 2 * 5120**2 * 512
        scores = 4 * tokens * 5120 * (tokens + 512)
        report(f"block {tokens}x5120, compiled", lambda: (normal(1, tokens, 5120), normal(1, 512, 5120)), block, linears + scores)
    for frames, height, width, c in [(9, 128, 128, 64), (5, 32, 32, 512), (3, 8, 8, 1024)]:
        lay = lambda x: x.to(memory_format=torch.channels_last_3d)
        make = lambda: (lay(normal(1, c, frames + 2, height, width)), lay(normal(c, c, 3, 3, 3)), normal(c))
        flops = 2 * 27 * c * c * frames * height * width
        report(f"conv3d {frames}x{height}x{width}x{c}", make, lambda x, w, b: F.conv3d(x, w, b, padding=(0, 1, 1)), flops)


if __name__ == "__main__":
    main()
