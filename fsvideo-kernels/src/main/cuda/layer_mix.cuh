// Weighted sum of up to 64 states, for the kernels that fuse it: weights of a token, then one pass over each state.
#pragma once
#include "groups.cuh"

struct States { const void* at[64]; }; // addresses, passed by value; unused entries are not read
struct Scales { float of[64]; };

constexpr int AT_ONCE = 4; // states whose loads are issued together

DEVICE float logit_at(const void* logits, int bytes, size_t i) {
    return bytes == 4 ? static_cast<const float*>(logits)[i] : to_float(static_cast<const bf16*>(logits)[i]);
}

// One warp turns a token's logits into 64 weights in shared memory, zeros behind the last state.
DEVICE void softmax_weights(float* weights, const void* logits, int logit_bytes, size_t token, int count) {
    const int lane = threadIdx.x;
    const size_t first = token * count;
    const float low = lane < count ? logit_at(logits, logit_bytes, first + lane) : -INFINITY;
    const float high = lane + 32 < count ? logit_at(logits, logit_bytes, first + lane + 32) : -INFINITY;
    const float most = warp_max(fmaxf(low, high));
    const float a = expf(low - most), b = expf(high - most);
    const float inverse = 1.0f / warp_sum(a + b);
    weights[lane] = a * inverse;
    weights[lane + 32] = b * inverse;
}

// sum = weights_0 states_0 + weights_1 states_1 + ... in this order, for the `left` values from element i on.
template <class T>
DEVICE void mix_group(float (&sum)[8], const States& states, const float* weights, int count, size_t i, int left) {
#pragma unroll
    for (int k = 0; k < 8; ++k) sum[k] = 0.0f;
    for (int j = 0; j < count; j += AT_ONCE) {
        float v[AT_ONCE][8];
#pragma unroll
        for (int u = 0; u < AT_ONCE; ++u) {
            load_group(v[u], static_cast<const T*>(states.at[j + u]) + i, j + u < count ? left : 0);
        }
#pragma unroll
        for (int u = 0; u < AT_ONCE; ++u) {
#pragma unroll
            for (int k = 0; k < 8; ++k) sum[k] += weights[j + u] * v[u][k];
        }
    }
}
