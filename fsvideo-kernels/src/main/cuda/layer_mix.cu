// layer_mix: out = sum over j of softmax(logits)_j * states_j for each token, added in the order of the states.
//   out, states[j]  [tokens, dim] bf16 (layer_mix_f32: f32); up to 64 states, their addresses in `states`, passed by value
//                   layer_mix_e4m3: states[j] are FP8 E4M3 times scales_j, out bf16
//   logits          [tokens, count], logit_bytes = 2: bf16, 4: f32
//   launch          grid = tokens, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//                   1 <= count <= 64; 16-byte accesses (E4M3: 8) if dim % 8 == 0 and pointers are 16-byte aligned
//   bound           memory: 2 * tokens * (dim * (count + 1) + count) bytes, each state read once, four loads in flight
//   source          FSVideo, Layer Memory
//@ out[grid.x * dim]; logits[grid.x * count * logit_bytes] align 2
//@ block.x % 32 == 0; dim >= 1; count >= 1; count <= 64
//@ logit_bytes == 2 || logit_bytes == 4; logits % logit_bytes == 0
//@ layer_mix: states{count}[grid.x * dim] of 2
//@ layer_mix_f32: states{count}[grid.x * dim] of 4
//@ layer_mix_e4m3: states{count}[grid.x * dim] of 1
#include "layer_mix.cuh"

namespace {
template <class State, class T>
DEVICE void mix(T* out, const States& states, const float* weights, int count, int dim) {
    const size_t row = static_cast<size_t>(blockIdx.x) * dim;
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float sum[8];
        mix_group<State>(sum, states, weights, count, row + i, dim - i);
        store_group(out + row + i, sum, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
layer_mix(bf16* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
          int logit_bytes, int count, int dim) {
    SHARED_ARRAY(float, weights, 64);
    if (threadIdx.x < 32) softmax_weights(weights, logits, logit_bytes, blockIdx.x, count);
    __syncthreads();
    mix<bf16>(out, states, weights, count, dim);
}

extern "C" __global__ void __launch_bounds__(256)
layer_mix_f32(float* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
              int logit_bytes, int count, int dim) {
    SHARED_ARRAY(float, weights, 64);
    if (threadIdx.x < 32) softmax_weights(weights, logits, logit_bytes, blockIdx.x, count);
    __syncthreads();
    mix<float>(out, states, weights, count, dim);
}

extern "C" __global__ void __launch_bounds__(256)
layer_mix_e4m3(bf16* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
               const __grid_constant__ Scales scales, int logit_bytes, int count, int dim) {
    SHARED_ARRAY(float, weights, 64);
    if (threadIdx.x < 32) {
        softmax_weights(weights, logits, logit_bytes, blockIdx.x, count);
        for (int j = threadIdx.x; j < count; j += 32) weights[j] *= scales.of[j];
    }
    __syncthreads();
    mix<e4m3>(out, states, weights, count, dim);
}
