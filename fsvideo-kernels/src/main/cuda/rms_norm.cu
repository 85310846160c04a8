// rms_norm: out = x / sqrt(mean(x^2) + eps) * weight over each row.
//   out, x   [rows, dim] bf16 (rms_norm_f32: f32)        weight  [dim] f32
//   launch   grid = rows, block = a multiple of 32 with 32 * block >= dim, at most 256, shared = 0; dim <= 8192;
//            16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound    memory: 4 * rows * dim + 4 * dim bytes; the row stays in registers, the sum is f32
//   source   Wan2.1 wan/modules/model.py WanRMSNorm
//@ out[grid.x * dim]; x[grid.x * dim]; weight[dim]; block.x % 32 == 0; dim >= 1; dim <= 8192; 32 * block.x >= dim
#include "groups.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T> DEVICE void normalize(T* out, const T* x, const float* weight, int dim, float eps) {
    SHARED_ARRAY(float, part, 32);
    x += static_cast<size_t>(blockIdx.x) * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    float v[GROUPS][8], sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + group_start(g), dim - group_start(g));
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g][k] * v[g][k];
    }
    const float scale = rsqrtf(block_sum(sum, part) / dim + eps);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = group_start(g);
        float w[8];
        load_group(w, weight + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] *= scale * w[k];
        store_group(out + i, v[g], dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
rms_norm(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ weight, int dim, float eps) {
    normalize(out, x, weight, dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
rms_norm_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight, int dim, float eps) {
    normalize(out, x, weight, dim, eps);
}
