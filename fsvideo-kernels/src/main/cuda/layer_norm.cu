// layer_norm: out = (x - mean) / sqrt(variance + eps) * weight + bias over each row; variance is that of the population.
//   out, x        [rows, dim] bf16        weight, bias  [dim] f32, both null for a norm without parameters
//   launch        grid = rows, block = 128, shared = 0; dim % 8 == 0, dim <= 8192, pointers 16-byte aligned
//   bound         memory: 4 * rows * dim bytes; the row stays in registers, sums are f32 in two passes
//   source        torch.nn.functional.layer_norm
//@ out[grid.x * dim] align 16; x[grid.x * dim] align 16; weight[dim] align 16 or null; bias[dim] align 16 or null
//@ (weight == null) == (bias == null); block.x == 128; dim >= 8; dim % 8 == 0; dim <= 8192
#include "common.cuh"

namespace {
constexpr int THREADS = 128, GROUPS = 8; // a thread holds up to GROUPS times eight values
}

extern "C" __global__ void __launch_bounds__(128)
layer_norm(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ weight,
           const float* __restrict__ bias, int dim, float eps) {
    SHARED_ARRAY(float, sums, 32);
    SHARED_ARRAY(float, squares, 32);
    x += static_cast<size_t>(blockIdx.x) * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    bf16x8 v[GROUPS];
    float sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = (g * THREADS + threadIdx.x) * 8;
        if (i >= dim) continue;
        v[g] = load8(x + i);
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g].f(k);
    }
    const float mean = block_sum(sum, sums) / dim;
    float square = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = (g * THREADS + threadIdx.x) * 8;
        if (i >= dim) continue;
#pragma unroll
        for (int k = 0; k < 8; ++k) square += (v[g].f(k) - mean) * (v[g].f(k) - mean);
    }
    const float scale = rsqrtf(block_sum(square, squares) / dim + eps);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = (g * THREADS + threadIdx.x) * 8;
        if (i >= dim) continue;
        float y[8];
#pragma unroll
        for (int k = 0; k < 8; ++k) y[k] = (v[g].f(k) - mean) * scale;
        if (weight) {
#pragma unroll
            for (int k = 0; k < 8; k += 4) {
                const float4 w = *reinterpret_cast<const float4*>(weight + i + k);
                const float4 b = *reinterpret_cast<const float4*>(bias + i + k);
                y[k] = y[k] * w.x + b.x;
                y[k + 1] = y[k + 1] * w.y + b.y;
                y[k + 2] = y[k + 2] * w.z + b.z;
                y[k + 3] = y[k + 3] * w.w + b.w;
            }
        }
#pragma unroll
        for (int k = 0; k < 8; k += 2) v[g].set(k, y[k], y[k + 1]);
        store8(out + i, v[g]);
    }
}
