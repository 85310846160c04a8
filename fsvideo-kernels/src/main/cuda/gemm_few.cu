// gemm_few: out = activation(x w^T + bias) in F32 arithmetic for a few rows of x: gemm_few_f32_<type of w>.
//   out, x        [rows, columns], [rows, depth] f32
//   w             [columns, depth] f32 or bf16, rows w_pitch elements apart
//   bias          [columns] f32 or null             activation  number in common.cuh
//   launch        grid = (ceil(columns / 8), ceil(rows / 4)), block = 256, shared = 0; any sizes, 16-byte accesses where
//                 rows are aligned; w is read once for every four rows
//   bound         memory: columns * depth * element bytes of w. Predicted, not measured: the projection of a time
//                 embedding, 5120 -> 30720 in F32, 629 MB, 0.15 ms at 4.3 TB/s
//   source        torch.nn.functional.linear; the time embedding of Wan2.1 wan/modules/model.py
//@ out[rows * columns]; x[rows * depth]; w[(columns - 1) * w_pitch + depth]; bias[columns] or null
//@ rows >= 1; columns >= 1; depth >= 0; w_pitch >= depth; activation >= 0; activation <= 4
//@ block.x == 256; grid.x == ceil(columns, 8); grid.y == ceil(rows, 4)
#include "groups.cuh"

namespace {
constexpr int ROWS = 4, GROUP_SIZE = 8, STEP = 32 * GROUP_SIZE; // of a block's rows, a lane's and a warp's elements

// A warp makes one column of up to four rows.
template <class W>
DEVICE void multiply(float* out, const float* x, const W* w, const float* bias, int rows, int columns, int depth,
                     int w_pitch, int activation) {
    const int lane = threadIdx.x & 31, column = static_cast<int>(blockIdx.x * 8 + (threadIdx.x >> 5));
    const int row0 = static_cast<int>(blockIdx.y) * ROWS, height = min(ROWS, rows - row0);
    if (column >= columns) return;
    w += static_cast<size_t>(column) * w_pitch;
    x += static_cast<size_t>(row0) * depth;
    float sum[ROWS] = {};
    for (int i = lane * GROUP_SIZE; i < depth; i += STEP) {
        float v[GROUP_SIZE];
        load_group(v, w + i, depth - i);
#pragma unroll
        for (int r = 0; r < ROWS; ++r) {
            float u[GROUP_SIZE];
            load_group(u, x + static_cast<size_t>(r) * depth + i, r < height ? depth - i : 0);
#pragma unroll
            for (int k = 0; k < GROUP_SIZE; ++k) sum[r] += u[k] * v[k];
        }
    }
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
        const float total = warp_sum(sum[r]);
        if (lane != 0 || r >= height) continue;
        const float value = bias ? total + bias[column] : total;
        out[static_cast<size_t>(row0 + r) * columns + column] = activate(activation, value);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
gemm_few_f32_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ w,
                 const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}

extern "C" __global__ void __launch_bounds__(256)
gemm_few_f32_bf16(float* __restrict__ out, const float* __restrict__ x, const bf16* __restrict__ w,
                  const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}
