// Rows of any width, taken eight values at a time as F32: 16-byte accesses where a group is whole and aligned, else one
// value after another. Groups that lie beyond the row read as `rest` and store nothing.
#pragma once
#include "common.cuh"

DEVICE bool aligned16(const void* p) { return (reinterpret_cast<size_t>(p) & 15) == 0; }

DEVICE void load_whole(float (&v)[8], const bf16* p) {
    const bf16x8 packed = load8(p);
#pragma unroll
    for (int k = 0; k < 8; ++k) v[k] = packed.f(k);
}
DEVICE void load_whole(float (&v)[8], const float* p) {
    const float4 a = *reinterpret_cast<const float4*>(p), b = *reinterpret_cast<const float4*>(p + 4);
    v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w;
    v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
}
DEVICE void store_whole(bf16* p, const float (&v)[8]) {
    bf16x8 packed;
#pragma unroll
    for (int k = 0; k < 8; k += 2) packed.set(k, v[k], v[k + 1]);
    store8(p, packed);
}
DEVICE void store_whole(float* p, const float (&v)[8]) {
    *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
    *reinterpret_cast<float4*>(p + 4) = make_float4(v[4], v[5], v[6], v[7]);
}

// The first `count` values at p, `rest` behind them.
template <class T> DEVICE void load_group(float (&v)[8], const T* p, int count, float rest = 0.0f) {
    if (count >= 8 && aligned16(p)) {
        load_whole(v, p);
        return;
    }
#pragma unroll
    for (int k = 0; k < 8; ++k) v[k] = k < count ? to_float(p[k]) : rest;
}
template <class T> DEVICE void store_group(T* p, const float (&v)[8], int count) {
    if (count >= 8 && aligned16(p)) {
        store_whole(p, v);
        return;
    }
#pragma unroll
    for (int k = 0; k < 8; ++k) {
        if (k < count) store(p + k, v[k]);
    }
}

// First element of this thread's g-th group when a block shares a row.
DEVICE int group_start(int g) { return (g * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * 8; }
