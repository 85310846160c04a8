// layer_mix: out = sum over j of softmax(logits)_j * states_j for each token, added in the order of the states.
//   out, states[j]  [tokens, dim] bf16 (layer_mix_f32: f32); up to 64 states, their addresses in `states`, passed by value
//   logits          [tokens, count], logit_bytes = 2: bf16, 4: f32
//   launch          grid = tokens, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//                   1 <= count <= 64; 16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned
//   bound           memory: 2 * tokens * (dim * (count + 1) + count) bytes, each state read once, four loads in flight
//   source          FSVideo, Layer Memory
#include "rows.cuh"

namespace {
constexpr int AT_ONCE = 4; // states whose loads are issued together

struct States { const void* at[64]; };

DEVICE float logit_at(const void* logits, int bytes, size_t i) {
    return bytes == 4 ? static_cast<const float*>(logits)[i] : to_float(static_cast<const bf16*>(logits)[i]);
}

// One warp turns the token's logits into 64 weights, zeros behind the last state.
DEVICE void softmax_weights(float* weights, const void* logits, int logit_bytes, int count) {
    const int lane = threadIdx.x;
    const size_t first = static_cast<size_t>(blockIdx.x) * count;
    const float low = lane < count ? logit_at(logits, logit_bytes, first + lane) : -INFINITY;
    const float high = lane + 32 < count ? logit_at(logits, logit_bytes, first + lane + 32) : -INFINITY;
    const float most = warp_max(fmaxf(low, high));
    const float a = expf(low - most), b = expf(high - most);
    const float inverse = 1.0f / warp_sum(a + b);
    weights[lane] = a * inverse;
    weights[lane + 32] = b * inverse;
}

template <class T>
DEVICE void mix(T* out, const void* logits, int logit_bytes, const States& states, int count, int dim) {
    SHARED_ARRAY(float, weights, 64);
    const size_t row = static_cast<size_t>(blockIdx.x) * dim;
    if (threadIdx.x < 32) softmax_weights(weights, logits, logit_bytes, count);
    __syncthreads();
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float sum[8] = {};
        for (int j = 0; j < count; j += AT_ONCE) {
            float v[AT_ONCE][8];
#pragma unroll
            for (int u = 0; u < AT_ONCE; ++u) {
                const T* state = static_cast<const T*>(states.at[j + u]);
                load_group(v[u], state + row + i, j + u < count ? dim - i : 0);
            }
#pragma unroll
            for (int u = 0; u < AT_ONCE; ++u) {
#pragma unroll
                for (int k = 0; k < 8; ++k) sum[k] += weights[j + u] * v[u][k];
            }
        }
        store_group(out + row + i, sum, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
layer_mix(bf16* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
          int logit_bytes, int count, int dim) {
    mix(out, logits, logit_bytes, states, count, dim);
}

extern "C" __global__ void __launch_bounds__(256)
layer_mix_f32(float* __restrict__ out, const void* __restrict__ logits, const __grid_constant__ States states,
              int logit_bytes, int count, int dim) {
    mix(out, logits, logit_bytes, states, count, dim);
}
