// layer_norm: out = (x - mean) / sqrt(variance + eps) * weight + bias over each row; variance is that of the population.
//   out, x        [rows, dim] bf16 (layer_norm_f32: f32; layer_norm_f32_bf16: f32 x, bf16 out)
//   weight, bias  [dim] f32, both null for a norm without parameters
//   launch        grid = rows, block = 128, shared = 0; dim <= 8192; 16-byte accesses if dim % 8 == 0 and pointers are
//                 16-byte aligned, else value by value
//   bound         memory: 4 * rows * dim bytes; the row stays in registers, sums are f32 in two passes
//   source        torch.nn.functional.layer_norm
//@ out[grid.x * dim]; x[grid.x * dim]; weight[dim] or null; bias[dim] or null
//@ (weight == null) == (bias == null); block.x == 128; dim >= 1; dim <= 8192
#include "groups.cuh"

namespace {
constexpr int GROUPS = 8; // a thread holds up to GROUPS times eight values

template <class Out, class T>
DEVICE void normalize(Out* out, const T* x, const float* weight, const float* bias, int dim, float eps) {
    SHARED_ARRAY(float, sums, 32);
    SHARED_ARRAY(float, squares, 32);
    x += static_cast<size_t>(blockIdx.x) * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    float v[GROUPS][8], sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + group_start(g), dim - group_start(g));
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g][k];
    }
    const float mean = block_sum(sum, sums) / dim;
    float square = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
#pragma unroll
        for (int k = 0; k < 8; ++k) {
            v[g][k] -= mean;
            if (group_start(g) + k < dim) square += v[g][k] * v[g][k];
        }
    }
    const float scale = rsqrtf(block_sum(square, squares) / dim + eps);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = group_start(g);
        float w[8], b[8];
        load_group(w, weight + i, weight ? dim - i : 0, 1.0f);
        load_group(b, bias + i, bias ? dim - i : 0);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] = v[g][k] * scale * w[k] + b[k];
        store_group(out + i, v[g], dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(128)
layer_norm(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ weight,
           const float* __restrict__ bias, int dim, float eps) {
    normalize(out, x, weight, bias, dim, eps);
}

extern "C" __global__ void __launch_bounds__(128)
layer_norm_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
               const float* __restrict__ bias, int dim, float eps) {
    normalize(out, x, weight, bias, dim, eps);
}

extern "C" __global__ void __launch_bounds__(128)
layer_norm_f32_bf16(bf16* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
                    const float* __restrict__ bias, int dim, float eps) {
    normalize(out, x, weight, bias, dim, eps);
}
