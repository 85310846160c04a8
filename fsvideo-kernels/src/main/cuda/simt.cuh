// A tile of a matrix product on the plain F32 units: 64 x 64 results of 256 threads, 4 x 4 each, 16 of the depth at a time.
// For operands that the tensor-core kernels do not take: F32, mixed types, groups of few channels.
#pragma once
#include "common.cuh"

constexpr int SIMT_TILE = 64, SIMT_STEP = 16, SIMT_PITCH = SIMT_TILE + 4, SIMT_THREADS = 256;

// This thread stores elements k .. k + 3 of row `row` of a tile in every step, and owns results [r, r + 4) x [c, c + 4).
struct SimtPlace { int row, k, r, c; };
DEVICE SimtPlace simt_place() {
    const int t = static_cast<int>(threadIdx.x);
    return {t >> 2, (t & 3) * 4, (t >> 4) * 4, (t & 15) * 4};
}

// sum += a b^T over `depth`; load_a(k) and load_b(k) give this thread's element of its row, 0 outside. Both arrays hold
// SIMT_STEP columns of SIMT_PITCH.
template <class LoadA, class LoadB>
DEVICE void simt_multiply(float (&sum)[4][4], float* a, float* b, int depth, const LoadA& load_a, const LoadB& load_b) {
    const SimtPlace at = simt_place();
    for (int k0 = 0; k0 < depth; k0 += SIMT_STEP) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const int k = k0 + at.k + j;
            a[(at.k + j) * SIMT_PITCH + at.row] = k < depth ? load_a(k) : 0.0f;
            b[(at.k + j) * SIMT_PITCH + at.row] = k < depth ? load_b(k) : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < SIMT_STEP; ++k) {
            const float4 x = *reinterpret_cast<const float4*>(a + k * SIMT_PITCH + at.r);
            const float4 y = *reinterpret_cast<const float4*>(b + k * SIMT_PITCH + at.c);
            const float left[4] = {x.x, x.y, x.z, x.w}, right[4] = {y.x, y.y, y.z, y.w};
#pragma unroll
            for (int i = 0; i < 4; ++i) {
#pragma unroll
                for (int j = 0; j < 4; ++j) sum[i][j] += left[i] * right[j];
            }
        }
        __syncthreads();
    }
}
