"""What PyTorch, cuBLAS, cuDNN and FlashAttention take for the bench's cases: JSON lines with the same shapes."""
import json
import statistics
import sys

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

BF16 = torch.bfloat16
TOKENS, DIM, HEADS, FFN = (1860, 7440), 5120, 40, 13824
L2_TIMES_FOUR = 4 * 60e6
STAGES = [(4, 720, 1280, 128), (8, 360, 640, 256), (16, 180, 320, 512), (31, 90, 160, 512), (31, 45, 80, 1024)]


def normals(*shape, dtype=BF16):
    return torch.randn(*shape, device="cuda", dtype=dtype)


def microseconds(call, sets):
    """Median of nine batches of about 10 ms; the sets of inputs take turns so that none stays in the L2 cache."""
    turn = 0

    def batch(launches):
        nonlocal turn
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(launches):
            call(*sets[turn % len(sets)])
            turn += 1
        end.record()
        end.synchronize()
        return start.elapsed_time(end) * 1e3 / launches

    batch(3)
    launches = max(1, min(400, int(1e4 / batch(3))))
    return statistics.median(batch(launches) for _ in range(9))


def measure(kernel, shape, peer, inputs, call, entry=None):
    """Measures and prints; a peer that refuses the case gives a line with its error."""
    line = {"kernel": kernel, "shape": shape, "peer": peer} | ({"entry": entry} if entry else {})
    try:
        first = inputs()
        size = sum(t.numel() * t.element_size() for t in first)
        sets = [first] + [inputs() for _ in range(min(63, int(L2_TIMES_FOUR / size)))]
        line["us"] = round(microseconds(call, sets), 2)
    except Exception as error:  # noqa: BLE001 - whatever a library says belongs into the results
        line["error"] = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    print(json.dumps(line), flush=True)
    torch.cuda.empty_cache()


def products():
    for m in TOKENS:
        for n, k, note in ((DIM, DIM, ""), (3 * DIM, DIM, ""), (FFN, DIM, " gelu"), (DIM, FFN, " gated residual")):
            shape = f"[{m}, {k}] x [{n}, {k}]{note}"
            bias = normals(n)
            measure("gemm", shape, "cuBLAS linear", lambda: (normals(m, k), normals(n, k)), lambda a, w: F.linear(a, w, bias))
    n = 8192
    measure("gemm", f"[{n}, {n}] x [{n}, {n}]", "cuBLAS matmul", lambda: (normals(n, n), normals(n, n)), lambda a, w: a @ w.T)
    for m in TOKENS:
        for n in (DIM, FFN):
            rows, columns = torch.ones(m, 1, device="cuda"), torch.ones(1, n, device="cuda")
            measure(
                "gemm_fp8",
                f"[{m}, {DIM}] x [{n}, {DIM}]",
                "torch._scaled_mm",
                lambda: (normals(m, DIM).to(torch.float8_e4m3fn), normals(n, DIM).to(torch.float8_e4m3fn)),
                lambda a, w: torch._scaled_mm(a, w.T, scale_a=rows, scale_b=columns, out_dtype=BF16),
            )
    for m in (2, 512):
        x = (lambda: (normals(m, DIM, dtype=torch.float32), normals(6 * DIM, DIM, dtype=torch.float32)))
        measure("gemm_simt", f"[{m}, {DIM}] x [{6 * DIM}, {DIM}]", "cuBLAS F32", x, lambda a, w: F.silu(F.linear(a, w)))


def attention():
    cases = [(t, k, HEADS, 128, what) for t in TOKENS for k, what in ((t, "self"), (512, "text"), (257, "image"))]
    cases += [(257, 257, 16, 80, "image encoder"), (512, 512, 64, 64, "text encoder without bias")]
    for queries, keys, heads, dim, what in cases:
        shape = f"{queries} x {keys}, {heads} heads of {dim} {what}"

        def inputs():  # tokens before heads in memory, as ours
            return tuple(normals(1, n, heads, dim).transpose(1, 2) for n in (queries, keys, keys))

        for name, backend in (("cuDNN", SDPBackend.CUDNN_ATTENTION), ("flash", SDPBackend.FLASH_ATTENTION)):
            with sdpa_kernel(backend):
                measure("attention", shape, name, inputs, F.scaled_dot_product_attention)


def convolutions():
    torch.backends.cudnn.benchmark = True
    last = torch.channels_last_3d
    outer = STAGES[0]
    cases = [(s, s[3], 3, 3) for s in STAGES] + [(outer, 128, 1, 3), (outer, 128, 1, 1), (outer, 3, 3, 3), (outer[:3] + (8,), 128, 3, 3)]
    for (frames, height, width, channels), out, kt, side in cases:
        shape = f"[{frames}, {height}, {width}, {channels}] -> {out} by {kt}x{side}x{side}"

        def inputs():  # the frames that a causal convolution repeats are there already
            x = normals(1, channels, frames + kt - 1, height, width).contiguous(memory_format=last)
            return x, normals(out, channels, kt, side, side).contiguous(memory_format=last)

        measure("conv3d", shape, "cuDNN", inputs, lambda x, w: F.conv3d(x, w, padding=(0, side // 2, side // 2)))
    frames, height, width, channels = 31, 45, 80, 4096
    for entry, kt, side in (("1x3x3", 1, 3), ("1x5x5", 1, 5), ("3x3x3", 3, 3)):
        measure(
            "depthwise_conv3d",
            f"[{frames}, {height}, {width}, {channels}]",
            "PyTorch",
            lambda: (normals(1, channels, frames + kt - 1, height, width).contiguous(memory_format=last), normals(channels, 1, kt, side, side)),
            lambda x, w: F.conv3d(x, w, padding=(0, side // 2, side // 2), groups=channels),
            f"depthwise_conv3d_{entry}",
        )


def rows():
    weight, bias = normals(DIM), normals(DIM)
    for m in TOKENS:
        shape, x = f"[{m}, {DIM}]", (lambda: (normals(m, DIM),))
        measure("layer_norm", shape, "PyTorch", x, lambda a: F.layer_norm(a, (DIM,), weight, bias))
        measure("rms_norm", shape, "PyTorch", x, lambda a: F.rms_norm(a, (DIM,), weight))
        measure("modulated_norm", shape, "PyTorch eager", x, lambda a: F.layer_norm(a, (DIM,)) * (1 + weight) + bias)
        measure("gated_add", shape, "PyTorch eager", lambda: (normals(m, DIM), normals(m, DIM)), lambda a, b: torch.addcmul(a, weight, b))
        states = (lambda: tuple(normals(m, DIM) for _ in range(40)))
        measure("layer_mix", f"40 states {shape}", "40 additions", states, lambda *s: [s[0].add(t, alpha=0.1) for t in s], "layer_mix")
    measure("softmax", "[32768, 512]", "PyTorch", lambda: (normals(32768, 512),), lambda a: F.softmax(a, -1))
    measure("glu_silu", "[111600, 4096]", "PyTorch eager", lambda: (normals(111600, 8192),), lambda a: a[:, :4096] * F.silu(a[:, 4096:]))


def elements():
    m = TOKENS[1]
    shape, x = f"[{m}, {DIM}]", (lambda: (normals(m, DIM),))
    pair = (lambda: (normals(m, DIM), normals(m, DIM)))
    row = normals(DIM)
    for name, call in (("add", torch.add), ("mul", torch.mul)):
        measure(name, f"{shape} same shape", "PyTorch", pair, call)
        measure(name, f"{shape} with a row", "PyTorch", x, lambda a: call(a, row))
    wide = (lambda: (normals(m, FFN),))
    measure("activation", f"[{m}, {FFN}] silu", "PyTorch", wide, F.silu)
    measure("activation", f"[{m}, {FFN}] gelu", "PyTorch", wide, lambda a: F.gelu(a, approximate="tanh"))
    measure("cast", shape, "PyTorch", x, lambda a: a.float(), "cast_bf16_f32")
    measure("cast", shape, "PyTorch", lambda: (normals(m, DIM, dtype=torch.float32),), lambda a: a.to(BF16), "cast_f32_bf16")
    measure("cast", shape, "PyTorch", x, lambda a: a.to(torch.float8_e4m3fn), "cast_bf16_f8")
    measure("fill", shape, "PyTorch", x, lambda a: a.fill_(1.5))
    measure("noise", "[7142400]", "torch.randn (other bits)", lambda: (normals(7142400, dtype=torch.float32),), lambda a: a.normal_())
    measure("permute", f"[{m}, {HEADS}, 128] to heads first", "PyTorch", lambda: (normals(m, HEADS, 128),), lambda a: a.transpose(0, 1).contiguous())
    measure("permute", f"{shape} transposed", "PyTorch", x, lambda a: a.T.contiguous())
    measure("slice", f"{shape} of twice the width", "PyTorch", lambda: (normals(m, 2 * DIM),), lambda a: a[:, :DIM].contiguous())
    measure("concat", f"{shape} into half a row", "PyTorch", lambda: (normals(m, 2 * DIM), normals(m, DIM)), lambda o, a: o[:, :DIM].copy_(a))
    ids = torch.randint(256384, (8192,), device="cuda")
    measure("embedding", "8192 rows of [256384, 4096]", "PyTorch", lambda: (normals(256384, 4096),), lambda t: F.embedding(ids, t))
    frames = (lambda: (normals(32, 8, 360, 640).contiguous(memory_format=torch.channels_last),))
    for mode, entry in (("nearest", "resize_nearest"), ("bicubic", "resize_bicubic")):
        measure("resize", "[32, 360, 640, 8] doubled", "PyTorch", frames, lambda a: F.interpolate(a, scale_factor=2, mode=mode), entry)


if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit("peers: PyTorch sees no GPU")
    torch.manual_seed(1)
    for family in (products, attention, convolutions, rows, elements):
        family()
