// gemm_fp8: out = activation(s + bias) or residual + gate * (s + bias), s = scale_a[row] * scale_w[column] * (a w^T), of
// FP8 E4M3 operands; for each of `batches` pairs of matrices.
//   out, residual [batches, rows, columns] bf16      a  [batches, rows, depth] f8       w  [batches, columns, depth] f8
//   scale_a       [batches, rows] f32                scale_w  [batches, columns] f32
//   bias          [columns] f32 or null              gate  [batches * rows / gate_rows, columns] f32 or null for 1, null without residual
//   activation    number in common.cuh; applied when residual is null
//   maps          bytes: {depth, rows, batches} box {128, 128, 1} for a, {depth, columns, batches} box {128, 128, 1} for w,
//                 swizzle 128 bytes; depth % 16 == 0, pointers 16-byte aligned; any rows and columns
//   launch        gemm_fp8_128x128: grid = min(tiles, processors), block = 384, shared = 164864
//                 gemm_fp8_sm80: grid = (column tiles, row tiles, batches) of 128, block = 256, shared = 16384
//   accumulation  Hopper's FP8 units keep about 14 bits of a sum and cut off the rest (DeepSeek-V3 report, section 3.3.2), so
//                 a long sum would lose up to 2 % of its size. Each 128 of the depth is therefore summed from zero by four
//                 wgmma and then added in F32 by the ordinary units. This takes a second set of accumulators: tiles are
//                 128x128, and one warpgroup adds while the other multiplies.
//   bound         arithmetic: 2 * rows * columns * depth FLOP. Predicted, not measured, at 1,576 TFLOP/s peak: 7,440 rows
//                 5120 -> 13824 0.67 ms limit, ~1.0 ms (PREDICTIONS.md); 1,860 rows 5120 -> 5120 0.062 ms limit, 0.88 of it by wave
//                 quantisation. The 64 additions a thread take a quarter of the clocks of the products they follow.
//   source        torch._scaled_mm with row-wise scales; promotion as in public FP8 GEMMs (DeepGEMM), written anew
//@ bias[columns] or null; rows >= 1; columns >= 1; depth >= 16; depth % 16 == 0; activation >= 0; activation <= 4
//@ gate == null || residual != null && gate_rows >= 1
//@ gemm_fp8_128x128: out[batches * rows * columns] align 16; residual[batches * rows * columns] align 16 or null
//@ gemm_fp8_128x128: scale_a[batches * rows]; scale_w[batches * columns]; batches >= 1; block.x == 384; shared == 164864
//@ gemm_fp8_128x128: gate[ceil(batches * rows, gate_rows) * columns] or null
//@ gemm_fp8_sm80: out[grid.z * rows * columns] align 16; residual[grid.z * rows * columns] align 16 or null
//@ gemm_fp8_sm80: scale_a[grid.z * rows]; scale_w[grid.z * columns]; a[grid.z * rows * depth] align 16
//@ gemm_fp8_sm80: w[grid.z * columns * depth] align 16; gate[ceil(grid.z * rows, gate_rows) * columns] or null
//@ gemm_fp8_sm80: block.x == 256; shared == 16384; grid.x == ceil(columns, 128); grid.y == ceil(rows, 128)
#include "groups.cuh"
#include "mma_tile.cuh"
#include "product.cuh"
#include "ring.cuh"

namespace {
// Two neighbours of a row, whose scales turn sums of codes into sums of values.
DEVICE void store_scaled(const Output<bf16>& o, const float* scale_a, const float* scale_w, size_t row, int column, float x,
                         float y) {
    if (column >= o.columns) return;
    const float a = scale_a[row];
    const float right = column + 1 < o.columns ? a * scale_w[column + 1] : 0.0f;
    store_pair(o, row, column, a * scale_w[column] * x, right * y);
}

#if HAS_SM90
constexpr int BN = 128, STAGES = 5, DEPTH = 128;
using Stages = Ring<BN, STAGES>;

DEVICE void produce(const CUtensorMap* a, const CUtensorMap* w, Stages ring, const Tiles& tiles, int steps) {
    int step = 0;
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
        const Tile tile = tiles.at(index);
        for (int k = 0; k < steps; ++k, ++step) {
            ring.acquire(step);
            ptx::tma_load(ring.a(step), a, ring.full(step), k * DEPTH, tile.row * TILE_ROWS, tile.batch);
            ptx::tma_load(ring.b(step), w, ring.full(step), k * DEPTH, tile.column * BN, tile.batch);
        }
    }
}

DEVICE void consume(const Output<bf16>& o, const float* scale_a, const float* scale_w, Stages ring, const Tiles& tiles, int rows,
                    int steps, int group) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5 & 3;
    float acc[BN / 2], part[BN / 2];
    int step = 0;
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
        const Tile tile = tiles.at(index);
#pragma unroll
        for (int i = 0; i < BN / 2; ++i) acc[i] = 0.0f;
        for (int k = 0; k < steps; ++k, ++step) {
            ring.multiply_e4m3(part, step, group, 0);
            ptx::wgmma_wait<0>();
            ring.release(step);
#pragma unroll
            for (int i = 0; i < BN / 2; ++i) acc[i] += part[i];
        }
        const int r = tile.row * TILE_ROWS + group * 64 + warp * 16 + (lane >> 2);
        const size_t first = static_cast<size_t>(tile.batch) * rows;
        const float* const of_columns = scale_w + static_cast<size_t>(tile.batch) * o.columns;
#pragma unroll
        for (int j = 0; j < BN / 8; ++j) {
            const int c = tile.column * BN + j * 8 + (lane & 3) * 2;
            if (r < rows) store_scaled(o, scale_a, of_columns, first + r, c, acc[j * 4], acc[j * 4 + 1]);
            if (r + 8 < rows) store_scaled(o, scale_a, of_columns, first + r + 8, c, acc[j * 4 + 2], acc[j * 4 + 3]);
        }
    }
}
#endif
} // namespace

#if HAS_SM90
extern "C" __global__ void __launch_bounds__(384, 1)
gemm_fp8_128x128(bf16* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap w,
                 const float* __restrict__ scale_a, const float* __restrict__ scale_w, const float* __restrict__ bias,
                 const bf16* __restrict__ residual, const float* __restrict__ gate, int rows, int columns, int depth,
                 int batches, int gate_rows, int activation) {
    SHARED_DYNAMIC(unsigned char, raw);
    const Stages ring{ptx::smem(raw)};
    const Tiles tiles(rows, columns, batches, BN);
    const int steps = (depth + DEPTH - 1) / DEPTH, group = threadIdx.x >> 7;
    if (threadIdx.x == 0) ring.create();
    __syncthreads();
    if (group == 0) {
        ptx::regs_dec<40>();
        if (threadIdx.x == 0) produce(&a, &w, ring, tiles, steps);
    } else {
        ptx::regs_inc<232>();
        const Output<bf16> o{out, bias, residual, gate, columns, gate_rows, activation};
        consume(o, scale_a, scale_w, ring, tiles, rows, steps, group - 1);
    }
}
#endif

// ---- sm_80: codes become BF16 (exactly) on their way to shared memory, then mma.sync; the next step's codes are on their
// way meanwhile ----------------------------------------------------------------------------------------------------------
namespace {
struct Codes { uint4 bytes; };

// This thread's 16 codes of a tile: half a row of the step.
DEVICE Codes load_codes(const e4m3* from, int first, int rows, int k0, int depth) {
    const int r = first + static_cast<int>(threadIdx.x >> 1), k = k0 + (threadIdx.x & 1) * 16;
    if (r >= rows || k >= depth) return {make_uint4(0, 0, 0, 0)};
    return {*reinterpret_cast<const uint4*>(from + static_cast<size_t>(r) * depth + k)};
}
DEVICE uint32_t decode_pair(uint32_t word, int shift) {
    return ptx::pack_bf16(ptx::e4m3_to_float(static_cast<uint8_t>(word >> shift)),
                          ptx::e4m3_to_float(static_cast<uint8_t>(word >> (shift + 8))));
}
DEVICE uint4 decode_eight(uint32_t low, uint32_t high) {
    return make_uint4(decode_pair(low, 0), decode_pair(low, 16), decode_pair(high, 0), decode_pair(high, 16));
}
DEVICE void store_codes(unsigned char* tile, const Codes& codes) {
    const int r = threadIdx.x >> 1, column16 = (threadIdx.x & 1) * 2;
    *reinterpret_cast<uint4*>(tile + place(r, column16)) = decode_eight(codes.bytes.x, codes.bytes.y);
    *reinterpret_cast<uint4*>(tile + place(r, column16 + 1)) = decode_eight(codes.bytes.z, codes.bytes.w);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
gemm_fp8_sm80(bf16* __restrict__ out, const e4m3* __restrict__ a, const e4m3* __restrict__ w,
              const float* __restrict__ scale_a, const float* __restrict__ scale_w, const float* __restrict__ bias,
              const bf16* __restrict__ residual, const float* __restrict__ gate, int rows, int columns, int depth,
              int gate_rows, int activation) {
    SHARED_DYNAMIC(unsigned char, raw);
    const int m0 = blockIdx.y * TILE, n0 = blockIdx.x * TILE;
    a += static_cast<size_t>(blockIdx.z) * rows * depth;
    w += static_cast<size_t>(blockIdx.z) * columns * depth;
    scale_w += static_cast<size_t>(blockIdx.z) * columns;
    const Output<bf16> o{out, bias, residual, gate, columns, gate_rows, activation};
    MmaResults acc = {};
    Codes next_a = load_codes(a, m0, rows, 0, depth), next_w = load_codes(w, n0, columns, 0, depth);
    for (int k = 0; k < depth; k += STEP) {
        store_codes(raw, next_a);
        store_codes(raw + TILE_BYTES, next_w);
        __syncthreads();
        next_a = load_codes(a, m0, rows, k + STEP, depth);
        next_w = load_codes(w, n0, columns, k + STEP, depth);
        multiply_tiles(acc, ptx::smem(raw), ptx::smem(raw) + TILE_BYTES);
        __syncthreads(); // the tiles are stored again in the next step
    }
    const size_t first = static_cast<size_t>(blockIdx.z) * rows;
    each_pair(acc, [&](int r, int c, float x, float y) {
        if (m0 + r < rows) store_scaled(o, scale_a, scale_w, first + m0 + r, n0 + c, x, y);
    });
}
