// Rotary position embedding of eight values, for the kernels that fuse it.
#pragma once
#include "groups.cuh"

// Turns four interleaved pairs, (a, b) -> (a cos - b sin, a sin + b cos). The first pair stands at `channel` of its head;
// `turns` holds cosine and sine of each pair of a head. If head_dim % 8 != 0 the pairs may run into the next head.
DEVICE void turn_pairs(float (&v)[8], const float* turns, int channel, int head_dim) {
    float t[8];
    if (head_dim % 8 == 0) {
        load_group(t, turns + channel, 8);
    } else {
#pragma unroll
        for (int k = 0; k < 8; k += 2) {
            const int c = (channel + k) % head_dim;
            t[k] = turns[c];
            t[k + 1] = turns[c + 1];
        }
    }
#pragma unroll
    for (int k = 0; k < 8; k += 2) {
        const float a = v[k], b = v[k + 1];
        v[k] = a * t[k] - b * t[k + 1];
        v[k + 1] = a * t[k + 1] + b * t[k];
    }
}
