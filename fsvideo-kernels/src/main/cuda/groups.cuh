// Groups of neighbouring values as F32: one access of 16 bytes (two for eight F32) where a group is whole and aligned,
// else one value after another. A row or tensor of any length is taken group by group.
#pragma once
#include "common.cuh"

template <class T> constexpr int GROUP = 16 / sizeof(T); // values in 16 bytes

// An FP8 value; its functions are the processor's conversions, which saturate at 448.
struct e4m3 { uint8_t bits; };
DEVICE float to_float(e4m3 v) { return ptx::e4m3_to_float(v.bits); }
DEVICE void store(e4m3* p, float v) { p->bits = ptx::float_to_e4m3(v); }

DEVICE bool aligned16(const void* p) { return (reinterpret_cast<uintptr_t>(p) & 15) == 0; }
// Groups of eight FP8 values need eight bytes, all others sixteen.
template <class T, int N> DEVICE bool aligned(const T* p) {
    return reinterpret_cast<uintptr_t>(p) % (N * sizeof(T) < 16 ? N * sizeof(T) : 16) == 0;
}

DEVICE void load_whole(float (&v)[8], const bf16* p) {
    const bf16x8 packed = load8(p);
#pragma unroll
    for (int k = 0; k < 8; ++k) v[k] = packed.f(k);
}
DEVICE void load_whole(float (&v)[8], const e4m3* p) {
    const uint2 packed = *reinterpret_cast<const uint2*>(p);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
        v[k] = ptx::e4m3_to_float(static_cast<uint8_t>((k < 4 ? packed.x : packed.y) >> (k & 3) * 8));
    }
}
template <int N> DEVICE void load_whole(float (&v)[N], const float* p) {
#pragma unroll
    for (int k = 0; k < N; k += 4) {
        const float4 part = *reinterpret_cast<const float4*>(p + k);
        v[k] = part.x, v[k + 1] = part.y, v[k + 2] = part.z, v[k + 3] = part.w;
    }
}
DEVICE void store_whole(bf16* p, const float (&v)[8]) {
    bf16x8 packed;
#pragma unroll
    for (int k = 0; k < 8; k += 2) packed.set(k, v[k], v[k + 1]);
    store8(p, packed);
}
DEVICE void store_whole(e4m3* p, const float (&v)[8]) {
    uint32_t word[2] = {};
#pragma unroll
    for (int k = 0; k < 8; ++k) word[k >> 2] |= static_cast<uint32_t>(ptx::float_to_e4m3(v[k])) << (k & 3) * 8;
    *reinterpret_cast<uint2*>(p) = make_uint2(word[0], word[1]);
}
template <int N> DEVICE void store_whole(float* p, const float (&v)[N]) {
#pragma unroll
    for (int k = 0; k < N; k += 4) *reinterpret_cast<float4*>(p + k) = make_float4(v[k], v[k + 1], v[k + 2], v[k + 3]);
}

// The first `count` values of the group at p, `rest` behind them; reads nothing if count is not above 0.
template <class T, int N> DEVICE void load_group(float (&v)[N], const T* p, int count, float rest = 0.0f) {
    if (count >= N && aligned<T, N>(p)) {
        load_whole(v, p);
        return;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) v[k] = k < count ? to_float(p[k]) : rest;
}
template <class T, int N> DEVICE void store_group(T* p, const float (&v)[N], int count) {
    if (count >= N && aligned<T, N>(p)) {
        store_whole(p, v);
        return;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) {
        if (k < count) store(p + k, v[k]);
    }
}

// First element of this thread's g-th group of eight when a block shares a row.
DEVICE int group_start(int g) { return (g * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * 8; }
