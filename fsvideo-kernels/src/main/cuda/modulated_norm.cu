// modulated_norm: out = (x - mean) / sqrt(variance + eps) * (1 + scale) + shift over each token's row; scale and shift
// are those of the batch entry, the variance is that of the population.
//   out, x        [batch, tokens, dim] bf16 (modulated_norm_f32: f32; modulated_norm_f32_bf16: f32 x, bf16 out)
//   shift, scale  [batch, dim] f32
//   launch        grid = (tokens, batch), block = a multiple of 32 with 32 * block >= dim, at most 256, shared = 0;
//                 dim <= 8192; 16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, else value by value
//   bound         memory: 4 * batch * (tokens + 2) * dim bytes; the row stays in registers, sums are f32 in two passes.
//                 From f32 to bf16 6 bytes a value, where a norm in f32 and a cast move 14: at 7,440 x 5120 305 MB less
//   source        Wan2.1 wan/modules/model.py WanAttentionBlock
//@ out[grid.x * grid.y * dim]; x[grid.x * grid.y * dim]; shift[grid.y * dim]; scale[grid.y * dim]
//@ block.x % 32 == 0; dim >= 1; dim <= 8192; 32 * block.x >= dim
#include "groups.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class Out, class T>
DEVICE void normalize(Out* out, const T* x, const float* shift, const float* scale, int dim, float eps) {
    SHARED_ARRAY(float, sums, 32);
    SHARED_ARRAY(float, squares, 32);
    const size_t row = (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * dim;
    const size_t entry = static_cast<size_t>(blockIdx.y) * dim;
    float v[GROUPS][8], sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + row + group_start(g), dim - group_start(g));
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
    const float inverse = rsqrtf(block_sum(square, squares) / dim + eps);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = group_start(g);
        float a[8], b[8];
        load_group(a, scale + entry + i, dim - i);
        load_group(b, shift + entry + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] = v[g][k] * inverse * (1.0f + a[k]) + b[k];
        store_group(out + row + i, v[g], dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
modulated_norm(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ shift,
               const float* __restrict__ scale, int dim, float eps) {
    normalize(out, x, shift, scale, dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
modulated_norm_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ shift,
                   const float* __restrict__ scale, int dim, float eps) {
    normalize(out, x, shift, scale, dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
modulated_norm_f32_bf16(bf16* __restrict__ out, const float* __restrict__ x, const float* __restrict__ shift,
                        const float* __restrict__ scale, int dim, float eps) {
    normalize(out, x, shift, scale, dim, eps);
}
