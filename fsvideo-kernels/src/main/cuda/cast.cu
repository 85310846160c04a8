// cast: converts between f32, bf16, f16 and f8 (E4M3), and from int32 and uint8 to f32: cast_<from>_<to>.
//   out, x        [count], dense; aligned to four elements for full speed
//   rounding      nearest even through f32; f16 overflows to infinity, f8 saturates at 448; NaN stays NaN with its sign:
//                 the bits of io.fsvideo.tensor.Floats, which CUDA's own conversions differ from for NaN
//   launch        grid = ceil(count / (256 * 4)), block = 256, shared = 0
//   bound         memory: (bytes of a source element + bytes of a target element) * count
//   source        io.fsvideo.tensor.Ops.cast, Floats
//@ block.x == 256; count >= 1; grid.x == ceil(count, 1024)
//@ cast_*_f32: out[count] of 4
//@ cast_*_bf16, cast_*_f16: out[count] of 2
//@ cast_*_f8: out[count]
//@ cast_f32_*, cast_i32_*: x[count] of 4
//@ cast_bf16_*, cast_f16_*: x[count] of 2
//@ cast_f8_*, cast_u8_*: x[count]
#include "elements.cuh"

namespace {
struct F8 { uint8_t bits; };
struct F16 { uint16_t bits; };
struct BF16 { uint16_t bits; };

DEVICE float decode(float v) { return v; }
DEVICE float decode(int v) { return static_cast<float>(v); }
DEVICE float decode(uint8_t v) { return static_cast<float>(v); }
DEVICE float decode(BF16 v) { return __uint_as_float(static_cast<uint32_t>(v.bits) << 16); }
DEVICE float decode(F16 v) {
    const uint32_t sign = (v.bits & 0x8000u) << 16, exponent = v.bits >> 10 & 0x1f, mantissa = v.bits & 0x3ff;
    if (exponent == 0) return __uint_as_float(sign | __float_as_uint(static_cast<float>(mantissa) * 0x1p-24f));
    return __uint_as_float(sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | mantissa << 13);
}
DEVICE float decode(F8 v) {
    const uint32_t sign = (v.bits & 0x80u) << 24, exponent = v.bits >> 3 & 0xf, mantissa = v.bits & 7;
    if ((v.bits & 0x7f) == 0x7f) return __uint_as_float(sign | 0x7fc00000u);
    if (exponent == 0) return __uint_as_float(sign | __float_as_uint(static_cast<float>(mantissa) * 0x1p-9f));
    return __uint_as_float(sign | (exponent + 120) << 23 | mantissa << 20);
}

// Upper bits of a magnitude after rounding away the lowest `shift` bits to nearest even.
DEVICE uint32_t round_bits(uint32_t magnitude, int shift) {
    return (magnitude + (1u << (shift - 1)) - 1 + (magnitude >> shift & 1)) >> shift;
}
DEVICE void encode(float& to, float v) { to = v; }
DEVICE void encode(BF16& to, float v) {
    const uint32_t bits = __float_as_uint(v);
    to.bits = static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40 : round_bits(bits, 16));
}
DEVICE void encode(F16& to, float v) {
    const uint32_t sign = __float_as_uint(v) >> 16 & 0x8000u, magnitude = __float_as_uint(v) & 0x7fffffffu;
    uint32_t code;
    if (magnitude > 0x7f800000u) code = 0x7e00;
    else if (magnitude >= 0x477ff000u) code = 0x7c00;
    else if (magnitude < 0x38800000u) code = static_cast<uint32_t>(__float2int_rn(__uint_as_float(magnitude) * 0x1p24f));
    else code = round_bits(magnitude - 0x38000000u, 13);
    to.bits = static_cast<uint16_t>(sign | code);
}
DEVICE void encode(F8& to, float v) {
    const uint32_t sign = __float_as_uint(v) >> 24 & 0x80u, magnitude = __float_as_uint(v) & 0x7fffffffu;
    uint32_t code;
    if (magnitude > 0x7f800000u) code = 0x7f;
    else if (magnitude >= 0x43e00000u) code = 0x7e;
    else if (magnitude < 0x3c800000u) code = static_cast<uint32_t>(__float2int_rn(__uint_as_float(magnitude) * 0x1p9f));
    else code = round_bits(magnitude - (120u << 23), 20);
    to.bits = static_cast<uint8_t>(sign | code);
}

template <int BYTES> struct Word;
template <> struct Word<4> { using type = uint32_t; };
template <> struct Word<8> { using type = uint2; };
template <> struct Word<16> { using type = uint4; };
template <class T> DEVICE void load4(T (&v)[4], const T* p, int valid) {
    using W = typename Word<4 * sizeof(T)>::type;
    if (valid == 4 && address(p) % sizeof(W) == 0) {
        const W word = *reinterpret_cast<const W*>(p);
        memcpy(v, &word, sizeof word);
        return;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) v[k] = k < valid ? p[k] : T{};
}
template <class T> DEVICE void store4(T* p, const T (&v)[4], int valid) {
    using W = typename Word<4 * sizeof(T)>::type;
    if (valid == 4 && address(p) % sizeof(W) == 0) {
        W word;
        memcpy(&word, v, sizeof word);
        *reinterpret_cast<W*>(p) = word;
        return;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        if (k < valid) p[k] = v[k];
    }
}
template <class To, class From> DEVICE void convert(void* out, const void* x, long long count) {
    const long long first = thread_index() * 4;
    if (first >= count) return;
    const int valid = clamp_to(count - first, 4);
    From from[4];
    To to[4];
    load4(from, static_cast<const From*>(x) + first, valid);
#pragma unroll
    for (int k = 0; k < 4; ++k) encode(to[k], decode(from[k]));
    store4(static_cast<To*>(out) + first, to, valid);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
cast_f32_bf16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<BF16, float>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f32_f16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F16, float>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f32_f8(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F8, float>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_bf16_f32(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<float, BF16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_bf16_f16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F16, BF16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_bf16_f8(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F8, BF16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f16_f32(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<float, F16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f16_bf16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<BF16, F16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f16_f8(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F8, F16>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f8_f32(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<float, F8>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f8_bf16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<BF16, F8>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_f8_f16(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<F16, F8>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_i32_f32(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<float, int>(out, x, count);
}
extern "C" __global__ void __launch_bounds__(256)
cast_u8_f32(void* __restrict__ out, const void* __restrict__ x, long long count) {
    convert<float, uint8_t>(out, x, count);
}
