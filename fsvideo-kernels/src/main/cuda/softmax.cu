// softmax: out = exp(x - max) / sum(exp(x - max)) over each row; -inf is no weight, a row of -inf alone gives NaN.
//   out, x   [rows, dim] bf16 (softmax_f32: f32)
//   launch   grid = rows, block = a multiple of 32 with 32 * block >= dim, at most 512, shared = 0; dim <= 16384;
//            16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound    memory: 4 * rows * dim bytes; the row stays in registers, maximum and sum are f32
//   source   torch.softmax
//@ out[grid.x * dim]; x[grid.x * dim]; block.x % 32 == 0; dim >= 1; dim <= 16384; 32 * block.x >= dim
#include "groups.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T> DEVICE void softmax_row(T* out, const T* x, int dim) {
    SHARED_ARRAY(float, maxima, 32);
    SHARED_ARRAY(float, sums, 32);
    const float nothing = -INFINITY;
    x += static_cast<size_t>(blockIdx.x) * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    float v[GROUPS][8], most = nothing, sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + group_start(g), dim - group_start(g), nothing);
#pragma unroll
        for (int k = 0; k < 8; ++k) most = fmaxf(most, v[g][k]);
    }
    most = block_max(most, maxima);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g][k] = expf(v[g][k] - most);
    }
    const float inverse = 1.0f / block_sum(sum, sums);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] *= inverse;
        store_group(out + group_start(g), v[g], dim - group_start(g));
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(512)
softmax(bf16* __restrict__ out, const bf16* __restrict__ x, int dim) {
    softmax_row(out, x, dim);
}

extern "C" __global__ void __launch_bounds__(512)
softmax_f32(float* __restrict__ out, const float* __restrict__ x, int dim) {
    softmax_row(out, x, dim);
}
