// What many kernels share: BF16 in groups of eight, reductions over a warp and a block.
#pragma once
#include "ptx.cuh"

using bf16 = __nv_bfloat16;

// Eight BF16 values in 16 bytes; the pointer of load8 and store8 must be 16-byte aligned.
struct bf16x8 {
    uint32_t word[4];
    DEVICE float f(int i) const { return __uint_as_float(i & 1 ? word[i >> 1] & 0xffff0000u : word[i >> 1] << 16); }
    DEVICE void set(int i, float low, float high) { word[i >> 1] = ptx::pack_bf16(low, high); } // i even
};
DEVICE bf16x8 load8(const bf16* p) {
    const uint4 v = *reinterpret_cast<const uint4*>(p);
    return {{v.x, v.y, v.z, v.w}};
}
DEVICE void store8(bf16* p, const bf16x8& v) {
    *reinterpret_cast<uint4*>(p) = make_uint4(v.word[0], v.word[1], v.word[2], v.word[3]);
}
DEVICE float to_float(float v) { return v; }
DEVICE float to_float(bf16 v) { return __bfloat162float(v); }
DEVICE void store(float* p, float v) { *p = v; }
DEVICE void store(bf16* p, float v) { *p = __float2bfloat16_rn(v); }

// Sum over the 32 lanes, in every lane. All lanes of the warp must call it.
DEVICE float warp_sum(float v) {
#pragma unroll
    for (int bit = 16; bit; bit >>= 1) v += __shfl_xor_sync(0xffffffffu, v, bit);
    return v;
}
DEVICE float warp_max(float v) {
#pragma unroll
    for (int bit = 16; bit; bit >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, bit));
    return v;
}
// Sum or maximum over a block of at most 1024 threads, a multiple of 32, in every thread; always in the same order.
// `part` is a SHARED_ARRAY(float, part, 32) not used for another reduction since the last __syncthreads.
DEVICE float block_sum(float v, float* part) {
    v = warp_sum(v);
    if ((threadIdx.x & 31) == 0) part[threadIdx.x >> 5] = v;
    __syncthreads();
    float total = 0.0f;
    for (int warp = 0; warp < static_cast<int>(blockDim.x >> 5); ++warp) total += part[warp];
    return total;
}
DEVICE float block_max(float v, float* part) {
    v = warp_max(v);
    if ((threadIdx.x & 31) == 0) part[threadIdx.x >> 5] = v;
    __syncthreads();
    float most = part[0];
    for (int warp = 1; warp < static_cast<int>(blockDim.x >> 5); ++warp) most = fmaxf(most, part[warp]);
    return most;
}

// Functions applied to a result before it is stored, by their number in io.fsvideo.tensor.Activation.
enum Activation { NONE = 0, SILU = 1, GELU_TANH = 2, GELU_ERF = 3, RELU = 4 };
DEVICE float sigmoid(float x) { return __fdividef(1.0f, 1.0f + ptx::ex2(-1.4426950408889634f * x)); }
DEVICE float activate(int kind, float x) {
    switch (kind) {
        case SILU: return x * sigmoid(x);
        case GELU_TANH: return x * sigmoid(1.5957691216057308f * (x + 0.044715f * x * x * x));
        case GELU_ERF: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
        case RELU: return fmaxf(x, 0.0f);
        default: return x;
    }
}
