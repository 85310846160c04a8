// bias_activation: x = activation(x + bias) in place, for products made by a library that has neither.
//   x           [rows, dim] bf16 (bias_activation_f32: f32)
//   bias        [dim] f32 or null             activation  number in common.cuh
//   launch      grid = rows, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//               16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound       memory: 4 * rows * dim bytes; what gemm's epilogue does without them. BF16 sums are rounded twice.
//   source      torch.nn.functional.linear, then silu, gelu or relu
//@ x[grid.x * dim]; bias[dim] or null; block.x % 32 == 0; dim >= 1; activation >= 0; activation <= 4
#include "groups.cuh"

namespace {
template <class T> DEVICE void apply(T* x, const float* bias, int dim, int activation) {
    x += static_cast<size_t>(blockIdx.x) * dim;
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float v[8], b[8] = {};
        load_group(v, x + i, dim - i);
        if (bias) load_group(b, bias + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[k] = activate(activation, v[k] + b[k]);
        store_group(x + i, v, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
bias_activation(bf16* __restrict__ x, const float* __restrict__ bias, int dim, int activation) {
    apply(x, bias, dim, activation);
}

extern "C" __global__ void __launch_bounds__(256)
bias_activation_f32(float* __restrict__ x, const float* __restrict__ bias, int dim, int activation) {
    apply(x, bias, dim, activation);
}
