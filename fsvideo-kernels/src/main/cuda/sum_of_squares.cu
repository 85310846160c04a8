// sum_of_squares: out = sum(x^2) over each row: one rank's part of the statistics of an RMS norm over a wider row.
//   out      [rows] f32                  x  [rows, dim] bf16 (sum_of_squares_f32: f32)
//   launch   grid = rows, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//            16-byte accesses if dim % 8 == 0 and x is 16-byte aligned, any other dim one value at a time
//   bound    memory: 2 * rows * dim + 4 * rows bytes; sums are f32, in the order of threads, then lanes, then warps
//   source   Wan2.1 wan/modules/model.py WanRMSNorm, split by columns
//@ out[grid.x]; x[grid.x * dim]; block.x % 32 == 0; dim >= 1
#include "groups.cuh"

namespace {
template <class T> DEVICE void sum_row(float* out, const T* x, int dim) {
    SHARED_ARRAY(float, part, 32);
    x += static_cast<size_t>(blockIdx.x) * dim;
    float sum = 0.0f;
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float v[8];
        load_group(v, x + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[k] * v[k];
    }
    const float total = block_sum(sum, part);
    if (threadIdx.x == 0) out[blockIdx.x] = total;
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
sum_of_squares(float* __restrict__ out, const bf16* __restrict__ x, int dim) {
    sum_row(out, x, dim);
}

extern "C" __global__ void __launch_bounds__(256)
sum_of_squares_f32(float* __restrict__ out, const float* __restrict__ x, int dim) {
    sum_row(out, x, dim);
}
