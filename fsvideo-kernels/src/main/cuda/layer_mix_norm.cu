// layer_mix_norm: layer_mix, then modulated_norm, without storing the mixture: with m = sum over j of softmax(logits)_j
// states_j, out = (m - mean) / sqrt(variance + eps) * (1 + scale) + shift; m stays F32 between the two.
//   out, states[j]  [batch, tokens, dim] bf16 (layer_mix_norm_f32: f32; layer_mix_norm_f32_bf16: f32 states, bf16 out);
//                   up to 64 states, their addresses in `states`, passed by value
//   logits          [batch, tokens, count], logit_bytes = 2: bf16, 4: f32
//   shift, scale    [batch, dim] f32
//   launch          grid = (tokens, batch), block = a multiple of 32 with 32 * block >= dim, at most 256, shared = 0;
//                   dim <= 8192, 1 <= count <= 64; 16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned
//   bound           memory: 2 * batch * tokens * (dim * (count + 1) + count) bytes, each state read once; 4 * tokens *
//                   dim bytes less than the two kernels it replaces
//   source          FSVideo, Layer Memory; Wan2.1 wan/modules/model.py WanAttentionBlock
//@ out[grid.x * grid.y * dim]; logits[grid.x * grid.y * count * logit_bytes] align 2
//@ shift[grid.y * dim]; scale[grid.y * dim]
//@ block.x % 32 == 0; dim >= 1; dim <= 8192; 32 * block.x >= dim; count >= 1; count <= 64
//@ logit_bytes == 2 || logit_bytes == 4; logits % logit_bytes == 0
//@ layer_mix_norm: states{count}[grid.x * grid.y * dim] of 2
//@ layer_mix_norm_f32, layer_mix_norm_f32_bf16: states{count}[grid.x * grid.y * dim] of 4
#include "layer_mix.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T, class Out>
DEVICE void mix_and_norm(Out* out, const States& states, const float* weights, const float* shift, const float* scale,
                         int count, int dim, float eps) {
    SHARED_ARRAY(float, sums, 32);
    SHARED_ARRAY(float, squares, 32);
    const size_t row = (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * dim;
    const size_t entry = static_cast<size_t>(blockIdx.y) * dim;
    float v[GROUPS][8], sum = 0.0f, square = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        mix_group<T>(v[g], states, weights, count, row + group_start(g), dim - group_start(g));
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g][k];
    }
    const float mean = block_sum(sum, sums) / dim;
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

DEVICE void weigh(float* weights, const void* logits, int logit_bytes, int count) {
    const size_t token = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
    if (threadIdx.x < 32) softmax_weights(weights, logits, logit_bytes, token, count);
    __syncthreads();
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
layer_mix_norm(bf16* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
               const float* __restrict__ shift, const float* __restrict__ scale, int logit_bytes, int count, int dim,
               float eps) {
    SHARED_ARRAY(float, weights, 64);
    weigh(weights, logits, logit_bytes, count);
    mix_and_norm<bf16>(out, states, weights, shift, scale, count, dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
layer_mix_norm_f32(float* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
                   const float* __restrict__ shift, const float* __restrict__ scale, int logit_bytes, int count, int dim,
                   float eps) {
    SHARED_ARRAY(float, weights, 64);
    weigh(weights, logits, logit_bytes, count);
    mix_and_norm<float>(out, states, weights, shift, scale, count, dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
layer_mix_norm_f32_bf16(bf16* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
                        const float* __restrict__ shift, const float* __restrict__ scale, int logit_bytes, int count, int dim,
                        float eps) {
    SHARED_ARRAY(float, weights, 64);
    weigh(weights, logits, logit_bytes, count);
    mix_and_norm<float>(out, states, weights, shift, scale, count, dim, eps);
}
