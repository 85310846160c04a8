"""Prints PREDICTIONS.md: tiles, prefetch, registers and predicted times of the arithmetic-bound kernels on one H200.

Formulas only, nothing measured; registers come from ptxas' reports in the folder given as the argument.
"""
import math
import re
import sys

PEAK, PEAK_FP8 = 788e12, 1576e12  # FLOP/s of one H200, dense
L2 = 10.8e12  # B/s from L2 to all processors that tiles may load at
PROCESSORS = 132


class Kernel:
    """A tile of rows x columns, summed in steps of `depth`; `load` bytes a step from L2, `rates` in FLOP/s of the whole GPU."""

    def __init__(self, kernel, entry, tile, stages, load, tail, rates, peak=PEAK):
        self.kernel, self.entry, self.tile, self.stages, self.load = kernel, entry, tile, stages, load
        self.tail, self.peak = tail, peak  # tail: seconds of a tile outside the sum: filling the ring, storing
        self.step_flop = 2 * tile[0] * tile[1] * tile[2]
        self.rates = [min(rate, L2 / load * self.step_flop) for rate in rates]

    def seconds(self, tiles, steps, rate):
        """Tiles run in waves of one a processor."""
        return math.ceil(tiles / PROCESSORS) * (steps * self.step_flop * PROCESSORS / rate + self.tail)

    def row(self, shape, flop, tiles, steps):
        waves = tiles / PROCESSORS
        limit = flop / self.peak
        target, low = (self.seconds(tiles, steps, rate) for rate in self.rates)
        used = flop / (tiles * steps * self.step_flop)
        return (f"| {self.entry} | {shape} | {flop / 1e12:.3g} | {tiles:,} | {waves / math.ceil(waves):.2f} | {used:.2f} | "
                f"{limit * 1e3:.3g} | {target * 1e3:.3g} | {low * 1e3:.3g} | {flop / target / 1e12:.0f} |")


GEMM_256 = Kernel("gemm", "gemm_128x256", (128, 256, 64), 4, 49152, 2e-6, (670e12, 552e12))
GEMM_128 = Kernel("gemm", "gemm_128x128", (128, 128, 64), 5, 32768, 1e-6, (600e12, 500e12))
GEMM_FP8 = Kernel("gemm_fp8", "gemm_fp8_128x128", (128, 128, 128), 5, 32768, 1e-6, (1100e12, 900e12), PEAK_FP8)
CONV_128 = Kernel("conv3d", "conv3d_128", (128, 128, 64), 5, 32768, 2e-6, (600e12, 500e12))
CONV_16 = Kernel("conv3d", "conv3d_16", (128, 16, 64), 5, 18432, 2e-6, (150e12, 120e12))
# A block of 128 keys is q k^T and p v: twice 128 columns.
SELF = Kernel("attention", "attention_128", (128, 256, 128), 2, 65536, 2e-6, (544e12, 450e12))
CROSS = Kernel("attention", "attention_128", (128, 256, 128), 2, 65536, 2e-6, (450e12, 350e12))
ALL = (GEMM_256, GEMM_128, GEMM_FP8, CONV_128, CONV_16, SELF)
REGISTERS = {"gemm": "40 / 232", "gemm_fp8": "40 / 232", "conv3d": "40 / 232", "attention": "24 / 240"}
ACCUMULATORS = {"gemm_128x256": 128, "gemm_128x128": 64, "gemm_fp8_128x128": 128, "conv3d_128": 64, "conv3d_16": 8,
                "attention_128": 160}
SHARED = {"gemm_128x256": 197632, "gemm_128x128": 164864, "gemm_fp8_128x128": 164864, "conv3d_128": 163920,
          "conv3d_16": 92240, "attention_128": 163912}

TIMES = ("| entry | shape | TFLOP | tiles | wave | tile | limit ms | **target ms** | low ms | TFLOP/s |\n"
         "|---|---|---|---|---|---|---|---|---|---|")


def registers(folder, kernel, entry):
    with open(f"{folder}/{kernel}.txt") as report:
        text = report.read()
    entry_line = rf"Compiling entry function '{entry}' for 'sm_90a'"
    found = re.search(entry_line + r".*?(\d+) bytes spill stores.*?Used (\d+) registers", text, re.S)
    return found.group(2), found.group(1)


def pipeline(folder):
    print("| entry | tile | stages | shared bytes | registers, spills (ptxas) | setmaxnreg, producer / consumer | "
          "accumulators a thread | step us | prefetched us | L2 TB/s |\n|---|---|---|---|---|---|---|---|---|---|")
    for k in ALL:
        used, spilled = registers(folder, k.kernel, k.entry)
        step = k.step_flop * PROCESSORS / k.rates[0]
        print(f"| {k.entry} | {k.tile[0]} x {k.tile[1]} x {k.tile[2]} | {k.stages} | {SHARED[k.entry]:,} | {used}, {spilled} | "
              f"{REGISTERS[k.kernel]} | {ACCUMULATORS[k.entry]} | {step * 1e6:.2f} | {step * (k.stages - 1) * 1e6:.1f} | "
              f"{k.load * PROCESSORS / step / 1e12:.1f} |")


def gemm(k, rows, depth, columns):
    tiles = math.ceil(rows / 128) * math.ceil(columns / k.tile[1])
    print(k.row(f"[{rows}, {depth}] x [{columns}, {depth}]", 2 * rows * depth * columns, tiles, math.ceil(depth / k.tile[2])))


def attention(k, batch, queries, keys, heads, what):
    tiles = math.ceil(queries / 128) * heads * batch
    print(k.row(f"{what}: {batch} x {queries} x {keys}, {heads} heads", 4 * batch * queries * keys * heads * 128, tiles,
                math.ceil(keys / 128)))


def conv3d(k, frames, height, width, channels, out, taps, what):
    tiles = frames * math.ceil(height / 8) * math.ceil(width / 16) * math.ceil(out / k.tile[1])
    print(k.row(f"{what}: {frames} x {height} x {width}, {channels} -> {out}, {taps} taps",
                2 * frames * height * width * channels * out * taps, tiles, taps * math.ceil(channels / 64)))


def main(folder):
    print(INTRODUCTION, end="\n")
    print("## Tile, prefetch, registers\n")
    pipeline(folder)
    print(NOTES)
    print("## Products of the transformer (dim 5120, feed-forward 13,824)\n\n" + TIMES)
    for rows in (1860, 3720, 7440):
        for depth, columns in ((5120, 5120), (5120, 10240), (5120, 13824), (13824, 5120)):
            for k in (GEMM_256, GEMM_128):
                gemm(k, rows, depth, columns)
    for rows in (1860, 7440):
        for columns in (5120, 13824):
            gemm(GEMM_FP8, rows, 5120, columns)
    print("\n## Attention (40 heads of 128)\n\n" + TIMES)
    for batch, tokens, what in ((1, 1860, "base"), (2, 1860, "base pair"), (1, 7440, "refiner")):
        attention(SELF, batch, tokens, tokens, 40, what + " self")
        attention(CROSS, batch, tokens, 512, 40, what + " text")
        attention(CROSS, batch, tokens, 257, 40, what + " image")
    print("\n## Decoder stages (720x1280, 121 frames: 121, 61, then 31)\n\n" + TIMES)
    stages = ((121, 720, 1280, 128, "1/1"), (61, 360, 640, 256, "1/2"), (31, 180, 320, 512, "1/4"), (31, 90, 160, 512, "1/8"),
              (31, 45, 80, 1024, "1/16"), (31, 23, 40, 1024, "1/32"))
    for frames, height, width, channels, what in stages:
        conv3d(CONV_128, frames, height, width, channels, channels, 27, what)
    conv3d(CONV_128, 121, 720, 1280, 64, 64, 27, "1/1, half as wide")
    conv3d(CONV_128, 121, 720, 1280, 128, 128, 9, "1/1")
    conv3d(CONV_16, 121, 720, 1280, 128, 3, 27, "to pictures")
    print(CLOSING, end="")


INTRODUCTION = """# Predicted, not measured

What attention, products and convolutions should take on one H200, from formulas: `make predictions` prints this page from
`src/build/predict.py` and ptxas' reports. Nothing on it ran on a GPU.
"""
NOTES = """
- *step*: one stage's multiply-adds on one of 132 processors at the target rate; *prefetched*: what the other stages cover, to
  be held against roughly 1 us of a TMA load from memory (assumed). *L2*: what all processors then read; 10.8 TB/s is taken
  as the most there is, and rates of tiles that would need more are cut to it.
- One block of 384 threads a processor; ptxas gives every thread 65,536 / 384 = 168 registers, setmaxnreg moves them from the
  producer's warpgroup to the two consumers'. Accumulators are part of a consumer's registers (attention: 64 scores, 64
  outputs, 32 packed probabilities; gemm_fp8: two sets).
- *limit*: FLOP at 788 TFLOP/s (FP8 1,576). *wave*: tiles over whole waves of 132; *tile*: wanted over computed FLOP.
- *target* and *low*: waves times (steps at the assumed rate, plus 1 to 2 us a tile to fill the ring and to store). Assumed
  TFLOP/s, better and worse: products 670, 552 (tiles of 128x128: 600, 500; FP8: 1,100, 900), self-attention 544, 450, over few
  keys 450, 350, convolution 600, 500, with 16 outputs 150, 120 (the tensor cores idle while 128 pixels are loaded for 16
  outputs). Last column: FLOP over target.
"""
CLOSING = """
## What follows
- 1,860 rows: tiles of 128x256 fill 300 of 396 places of three waves for 5120 columns; take 128x128 there, or run the pair of
  guidance as one product of 3,720 rows.
- Stores are not hidden behind the next tile's sum: about 3 % of a product of depth 5120, 8 % of a convolution of 128 channels.
- `conv3d_128` computes 128 outputs whatever is asked: a stage of 64 channels costs what one of 64 -> 128 does.
- A convolution at full resolution with 128 channels takes more than half as long as a forward of the refiner.
"""
if __name__ == "__main__":
    main(sys.argv[1])
