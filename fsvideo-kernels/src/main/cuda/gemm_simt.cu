// gemm_simt: out = activation(x w^T + bias) in F32 arithmetic: gemm_simt_<type of x>_<type of w>.
//   out, x        [rows, columns], [rows, depth], f32 or bf16
//   w             [columns, depth] f32 or bf16, rows w_pitch elements apart
//   bias          [columns] f32 or null             activation  number in common.cuh
//   launch        grid = (ceil(rows / 64), ceil(columns / 64)), block = 256, shared = 0; any sizes, any alignment
//   bound         arithmetic on the f32 units: 2 * rows * columns * depth FLOP; with few rows the bytes of w
//   source        torch.nn.functional.linear; for what io.fsvideo.tensor.Ops.linear allows and gemm does not take: F32
//                 (time embedding, head), mixed types
//@ out[rows * columns]; x[rows * depth] or null; w[(columns - 1) * w_pitch + depth]; bias[columns] or null
//@ rows >= 1; columns >= 1; depth >= 0; x != null || depth == 0; w_pitch >= depth; activation >= 0; activation <= 4
//@ block.x == 256; grid.x == ceil(rows, 64); grid.y == ceil(columns, 64)
#include "simt.cuh"

namespace {
template <class X, class W>
DEVICE void multiply(X* out, const X* x, const W* w, const float* bias, int rows, int columns, int depth, int w_pitch,
                     int activation) {
    SHARED_ARRAY(float, a, SIMT_STEP * SIMT_PITCH);
    SHARED_ARRAY(float, b, SIMT_STEP * SIMT_PITCH);
    const SimtPlace at = simt_place();
    const long long row0 = static_cast<long long>(blockIdx.x) * SIMT_TILE;
    const int column0 = static_cast<int>(blockIdx.y) * SIMT_TILE;
    const bool row_inside = row0 + at.row < rows, column_inside = column0 + at.row < columns;
    const X* const from_x = x + (row0 + at.row) * depth;
    const W* const from_w = w + static_cast<long long>(column0 + at.row) * w_pitch;
    float sum[4][4] = {};
    simt_multiply(sum, a, b, depth, [&](int k) { return row_inside ? to_float(from_x[k]) : 0.0f; },
                  [&](int k) { return column_inside ? to_float(from_w[k]) : 0.0f; });
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const long long row = row0 + at.r + i;
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const int column = column0 + at.c + j;
            if (row >= rows || column >= columns) continue;
            store(out + row * columns + column, activate(activation, bias ? sum[i][j] + bias[column] : sum[i][j]));
        }
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
gemm_simt_f32_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ w,
                const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}
extern "C" __global__ void __launch_bounds__(256)
gemm_simt_f32_bf16(float* __restrict__ out, const float* __restrict__ x, const bf16* __restrict__ w,
                const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}
extern "C" __global__ void __launch_bounds__(256)
gemm_simt_bf16_f32(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ w,
                const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}
extern "C" __global__ void __launch_bounds__(256)
gemm_simt_bf16_bf16(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ w,
                const float* __restrict__ bias, int rows, int columns, int depth, int w_pitch, int activation) {
    multiply(out, x, w, bias, rows, columns, depth, w_pitch, activation);
}
