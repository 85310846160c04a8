// gemm: out = activation(a w^T + bias), or residual + gate * (a w^T + bias); for each of `batches` pairs of matrices.
//   out, residual [batches, rows, columns] bf16 (entries ..._to_f32: f32, the residual stream of a transformer)
//   a, w          [batches, rows, depth] bf16, [batches, columns, depth] bf16
//   bias          [columns] f32 or null
//   gate          [batches * rows / gate_rows, columns] f32, or null for 1; null without residual
//   activation    number in common.cuh; applied when residual is null
//   maps          {depth, rows, batches} box {64, 128, 1} for a, {depth, columns, batches} box {64, BN, 1} for w, swizzle
//                 128 bytes; depth % 8 == 0, pointers 16-byte aligned; any rows and columns
//   launch        gemm_128x256: grid = min(tiles, processors), block = 384, shared = 197632
//                 gemm_128x128: the same with shared = 164864; for few rows
//                 gemm_sm80: grid = (column tiles, row tiles, batches) of 128, block = 256, shared = 32768
//   pipeline      TMA producer warp, two consumer warpgroups of 64 rows, 4 or 5 stages of 64 along depth; persistent;
//                 8 row tiles share each column tile while it is in L2; 168 registers (ptxas), no spills, 40 in the
//                 producer's warps and 232 in the consumers' by setmaxnreg
//   bound         arithmetic: 2 * rows * columns * depth FLOP. Predicted, not measured, at 788 TFLOP/s peak: 7,440 rows
//                 5120 -> 13824 1.34 ms limit, ~1.7 ms; 1,860 rows 5120 -> 5120 0.124 ms limit, ~0.20 (128x256) or ~0.19 ms
//                 (128x128) by wave quantisation (PREDICTIONS.md). Stores go straight from registers: 16 bytes a row and quad.
//                 The gated residual in f32 instead of a bf16 result, a cast and gated_add: 8 bytes a value for 20 (predicted,
//                 not measured: 457 MB less at 7,440 x 5120)
//   source        torch.nn.functional.linear; tiles as in public Hopper GEMMs (DeepGEMM, fast.cu), written anew
//@ bias[columns] or null; rows >= 1; columns >= 1; depth >= 8; depth % 8 == 0; activation >= 0; activation <= 4
//@ gate == null || residual != null && gate_rows >= 1
//@ gemm_128x256, gemm_128x128, gemm_128x256_to_f32, gemm_128x128_to_f32: out[batches * rows * columns] align 16
//@ gemm_128x256, gemm_128x128, gemm_128x256_to_f32, gemm_128x128_to_f32: residual[batches * rows * columns] align 16 or null
//@ gemm_128x256, gemm_128x128, gemm_128x256_to_f32, gemm_128x128_to_f32: batches >= 1; block.x == 384
//@ gemm_128x256, gemm_128x128: gate[ceil(batches * rows, gate_rows) * columns] or null
//@ gemm_128x256_to_f32, gemm_128x128_to_f32: gate[ceil(batches * rows, gate_rows) * columns] or null
//@ gemm_128x256, gemm_128x256_to_f32: shared == 197632
//@ gemm_128x128, gemm_128x128_to_f32: shared == 164864
//@ gemm_sm80, gemm_sm80_to_f32: out[grid.z * rows * columns] align 16; residual[grid.z * rows * columns] align 16 or null
//@ gemm_sm80, gemm_sm80_to_f32: gate[ceil(grid.z * rows, gate_rows) * columns] or null; a[grid.z * rows * depth] align 16
//@ gemm_sm80, gemm_sm80_to_f32: w[grid.z * columns * depth] align 16; block.x == 256; shared == 32768
//@ gemm_sm80, gemm_sm80_to_f32: grid.x == ceil(columns, 128); grid.y == ceil(rows, 128)
#include "mma_tile.cuh"
#include "product.cuh"
#include "ring.cuh"

namespace {
#if HAS_SM90
template <int BN, int STAGES>
DEVICE void produce(const CUtensorMap* a, const CUtensorMap* w, Ring<BN, STAGES> ring, const Tiles& tiles, int steps) {
    int step = 0;
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
        const Tile tile = tiles.at(index);
        for (int k = 0; k < steps; ++k, ++step) {
            ring.acquire(step);
            ptx::tma_load(ring.a(step), a, ring.full(step), k * RING_DEPTH, tile.row * TILE_ROWS, tile.batch);
            ptx::tma_load(ring.b(step), w, ring.full(step), k * RING_DEPTH, tile.column * BN, tile.batch);
        }
    }
}

template <int BN, int STAGES, class T>
DEVICE void consume(const Output<T>& o, Ring<BN, STAGES> ring, const Tiles& tiles, int rows, int steps, int group) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5 & 3;
    float acc[BN / 2];
    int step = 0;
    for (int index = blockIdx.x; index < tiles.count; index += gridDim.x) {
        const Tile tile = tiles.at(index);
        for (int k = 0; k < steps; ++k, ++step) {
            ring.multiply(acc, step, group, k);
            ptx::wgmma_wait<1>();
            if (k > 0) ring.release(step - 1); // the previous step has been read
        }
        ptx::wgmma_wait<0>();
        ring.release(step - 1);
        const size_t first = static_cast<size_t>(tile.batch) * rows;
#pragma unroll
        for (int half = 0; half < 2; ++half) { // one row after the other: both at once would take more registers
            const int r = tile.row * TILE_ROWS + group * 64 + warp * 16 + half * 8 + (lane >> 2);
            if (r >= rows) continue;
#pragma unroll
            for (int j = 0; j < BN / 8; ++j) {
                const int c = tile.column * BN + j * 8 + (lane & 3) * 2, i = j * 4 + half * 2;
                store_pair(o, first + r, c, acc[i], acc[i + 1]);
            }
        }
    }
}

template <int BN, int STAGES, class T>
DEVICE void gemm(const CUtensorMap* a, const CUtensorMap* w, const Output<T>& o, int rows, int depth, int batches) {
    SHARED_DYNAMIC(unsigned char, raw);
    const Ring<BN, STAGES> ring{ptx::smem(raw)};
    const Tiles tiles(rows, o.columns, batches, BN);
    const int steps = (depth + RING_DEPTH - 1) / RING_DEPTH, group = threadIdx.x >> 7;
    if (threadIdx.x == 0) ring.create();
    __syncthreads();
    if (group == 0) {
        ptx::regs_dec<40>();
        if (threadIdx.x == 0) produce<BN, STAGES>(a, w, ring, tiles, steps);
    } else {
        ptx::regs_inc<232>();
        consume<BN, STAGES>(o, ring, tiles, rows, steps, group - 1);
    }
}
#endif
} // namespace

#if HAS_SM90
extern "C" __global__ void __launch_bounds__(384, 1)
gemm_128x256(bf16* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap w,
             const float* __restrict__ bias, const bf16* __restrict__ residual, const float* __restrict__ gate, int rows,
             int columns, int depth, int batches, int gate_rows, int activation) {
    gemm<256, 4, bf16>(&a, &w, {out, bias, residual, gate, columns, gate_rows, activation}, rows, depth, batches);
}

extern "C" __global__ void __launch_bounds__(384, 1)
gemm_128x128(bf16* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap w,
             const float* __restrict__ bias, const bf16* __restrict__ residual, const float* __restrict__ gate, int rows,
             int columns, int depth, int batches, int gate_rows, int activation) {
    gemm<128, 5, bf16>(&a, &w, {out, bias, residual, gate, columns, gate_rows, activation}, rows, depth, batches);
}

extern "C" __global__ void __launch_bounds__(384, 1)
gemm_128x256_to_f32(float* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap w,
                    const float* __restrict__ bias, const float* __restrict__ residual, const float* __restrict__ gate,
                    int rows, int columns, int depth, int batches, int gate_rows, int activation) {
    gemm<256, 4, float>(&a, &w, {out, bias, residual, gate, columns, gate_rows, activation}, rows, depth, batches);
}

extern "C" __global__ void __launch_bounds__(384, 1)
gemm_128x128_to_f32(float* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap w,
                    const float* __restrict__ bias, const float* __restrict__ residual, const float* __restrict__ gate,
                    int rows, int columns, int depth, int batches, int gate_rows, int activation) {
    gemm<128, 5, float>(&a, &w, {out, bias, residual, gate, columns, gate_rows, activation}, rows, depth, batches);
}
#endif

// ---- sm_80: mma.sync, cp.async in two stages of 32 along depth, 8 warps of 64x32 ------------------------------
namespace {
DEVICE void load_tile(uint32_t to, const bf16* from, int first, int rows, int k0, int depth) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        const int id = threadIdx.x + i * 256, r = id >> 2, k = k0 + (id & 3) * 8;
        const bool inside = first + r < rows && k < depth;
        const bf16* p = from + (inside ? static_cast<size_t>(first + r) * depth + k : 0);
        ptx::cp_async16(to + place(r, id & 3), p, inside ? 16 : 0);
    }
}

template <class T> DEVICE void gemm_plain(const Output<T>& o, const bf16* a, const bf16* w, int rows, int depth) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = ptx::smem(raw);
    const int m0 = blockIdx.y * TILE, n0 = blockIdx.x * TILE, steps = (depth + STEP - 1) / STEP;
    a += static_cast<size_t>(blockIdx.z) * rows * depth;
    w += static_cast<size_t>(blockIdx.z) * o.columns * depth;
    auto load = [&](int s) {
        if (s < steps) {
            load_tile(base + s % 2 * 2 * TILE_BYTES, a, m0, rows, s * STEP, depth);
            load_tile(base + (s % 2 * 2 + 1) * TILE_BYTES, w, n0, o.columns, s * STEP, depth);
        }
        ptx::cp_async_commit();
    };
    MmaResults acc = {};
    load(0);
    for (int s = 0; s < steps; ++s) {
        load(s + 1);
        ptx::cp_async_wait<1>();
        __syncthreads();
        const uint32_t stage = base + s % 2 * 2 * TILE_BYTES;
        multiply_tiles(acc, stage, stage + TILE_BYTES);
        __syncthreads(); // the stage is loaded again in the next step
    }
    const size_t first = static_cast<size_t>(blockIdx.z) * rows;
    each_pair(acc, [&](int r, int c, float x, float y) {
        if (m0 + r < rows) store_pair(o, first + m0 + r, n0 + c, x, y);
    });
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
gemm_sm80(bf16* __restrict__ out, const bf16* __restrict__ a, const bf16* __restrict__ w, const float* __restrict__ bias,
          const bf16* __restrict__ residual, const float* __restrict__ gate, int rows, int columns, int depth,
          int gate_rows, int activation) {
    gemm_plain<bf16>({out, bias, residual, gate, columns, gate_rows, activation}, a, w, rows, depth);
}

extern "C" __global__ void __launch_bounds__(256)
gemm_sm80_to_f32(float* __restrict__ out, const bf16* __restrict__ a, const bf16* __restrict__ w,
                 const float* __restrict__ bias, const float* __restrict__ residual, const float* __restrict__ gate, int rows,
                 int columns, int depth, int gate_rows, int activation) {
    gemm_plain<float>({out, bias, residual, gate, columns, gate_rows, activation}, a, w, rows, depth);
}
