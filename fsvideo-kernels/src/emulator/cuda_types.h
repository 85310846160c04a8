// CUDA's types and conversions as a host compiler needs them, so that no toolkit has to be installed.
// Names and meanings are those of vector_types.h, cuda_bf16.h, cuda_fp16.h, cuda_fp8.h and cuda.h.
#pragma once
#include <cstdint>
#include <cstring>

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct uint3 { unsigned x, y, z; };
struct int3 { int x, y, z; };
struct float3 { float x, y, z; };

#define EMULATOR_VECTORS(T, name)                                                                     \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                                \
    struct alignas(sizeof(T) < 8 ? 4 * sizeof(T) : 16) name##4 { T x, y, z, w; };                     \
    inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                        \
    inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATOR_VECTORS(int, int)
EMULATOR_VECTORS(unsigned, uint)
EMULATOR_VECTORS(float, float)
EMULATOR_VECTORS(double, double)
EMULATOR_VECTORS(short, short)
EMULATOR_VECTORS(unsigned short, ushort)
EMULATOR_VECTORS(unsigned char, uchar)
#undef EMULATOR_VECTORS

inline unsigned __float_as_uint(float v) { unsigned u; std::memcpy(&u, &v, 4); return u; }
inline float __uint_as_float(unsigned u) { float v; std::memcpy(&v, &u, 4); return v; }
inline int __float_as_int(float v) { return static_cast<int>(__float_as_uint(v)); }
inline float __int_as_float(int v) { return __uint_as_float(static_cast<unsigned>(v)); }
inline long long __double_as_longlong(double v) { long long u; std::memcpy(&u, &v, 8); return u; }
inline double __longlong_as_double(long long u) { double v; std::memcpy(&v, &u, 8); return v; }

// ---- bfloat16 ---------------------------------------------------------------------------------
struct __nv_bfloat16 { uint16_t bits; };
struct alignas(4) __nv_bfloat162 { __nv_bfloat16 x, y; };
inline float __bfloat162float(__nv_bfloat16 v) { return __uint_as_float(static_cast<unsigned>(v.bits) << 16); }
inline __nv_bfloat16 __float2bfloat16_rn(float v) {
    const unsigned u = __float_as_uint(v);
    if ((u & 0x7fffffffu) > 0x7f800000u) return {0x7fff}; // NaN
    return {static_cast<uint16_t>((u + 0x7fffu + (u >> 16 & 1)) >> 16)};
}
inline __nv_bfloat16 __float2bfloat16(float v) { return __float2bfloat16_rn(v); }
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
    return {__float2bfloat16_rn(x), __float2bfloat16_rn(y)};
}
inline float2 __bfloat1622float2(__nv_bfloat162 v) { return {__bfloat162float(v.x), __bfloat162float(v.y)}; }
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 v) { return v.bits; }
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short v) { return {v}; }

// ---- small floats: exact decoding, encoding by nearest-even over the ordered codes ----------------
namespace emulator {
// Value of a code with `exponent` and `mantissa` bits below the sign; no infinities are decoded here.
inline float decode_small(unsigned code, int exponent, int mantissa) {
    const int bias = (1 << (exponent - 1)) - 1;
    const unsigned e = code >> mantissa & ((1u << exponent) - 1), m = code & ((1u << mantissa) - 1);
    float value = static_cast<float>(e ? m + (1u << mantissa) : m);
    for (int shift = static_cast<int>(e ? e : 1) - bias - mantissa; shift != 0; shift += shift < 0 ? 1 : -1) {
        value = shift < 0 ? value * 0.5f : value * 2.0f;
    }
    return code >> (exponent + mantissa) & 1 ? -value : value;
}
// Nearest code of a magnitude not above that of `largest`, ties to the even code.
inline unsigned encode_small(float magnitude, unsigned largest, int exponent, int mantissa) {
    unsigned low = 0, high = largest;
    while (low < high) { // greatest code whose value is at most magnitude
        const unsigned middle = (low + high + 1) / 2;
        if (decode_small(middle, exponent, mantissa) <= magnitude) low = middle;
        else high = middle - 1;
    }
    if (low == largest) return low;
    const float below = magnitude - decode_small(low, exponent, mantissa);
    const float above = decode_small(low + 1, exponent, mantissa) - magnitude;
    return below < above || (below == above && (low & 1) == 0) ? low : low + 1;
}
} // namespace emulator

// ---- half -------------------------------------------------------------------------------------
struct __half { uint16_t bits; };
inline float __half2float(__half v) {
    if ((v.bits & 0x7c00) == 0x7c00) {
        return __uint_as_float((v.bits & 0x8000u) << 16 | (v.bits & 0x3ff ? 0x7fc00000u : 0x7f800000u));
    }
    return emulator::decode_small(v.bits, 5, 10);
}
inline __half __float2half_rn(float v) {
    const uint16_t sign = static_cast<uint16_t>(__float_as_uint(v) >> 16 & 0x8000u);
    const float magnitude = v < 0 ? -v : v;
    if (v != v) return {0x7fff};
    if (magnitude >= 65520.0f) return {static_cast<uint16_t>(sign | 0x7c00)};
    return {static_cast<uint16_t>(sign | emulator::encode_small(magnitude, 0x7bff, 5, 10))};
}
inline __half __float2half(float v) { return __float2half_rn(v); }

// ---- FP8 E4M3 (no infinities, NaN = 0x7f, largest 448) -----------------------------------------
using __nv_fp8_storage_t = unsigned char;
enum __nv_saturation_t { __NV_NOSAT, __NV_SATFINITE };
enum __nv_fp8_interpretation_t { __NV_E4M3, __NV_E5M2 };
namespace emulator {
inline float e4m3_to_float(unsigned char v) {
    if ((v & 0x7f) == 0x7f) return __uint_as_float(0x7fc00000u);
    return decode_small(v, 4, 3);
}
inline unsigned char float_to_e4m3(float v) {
    if (v != v) return 0x7f;
    const unsigned sign = __float_as_uint(v) >> 31 << 7;
    return static_cast<unsigned char>(sign | encode_small(v < 0 ? -v : v, 0x7e, 4, 3));
}
} // namespace emulator

// ---- tensor maps --------------------------------------------------------------------------------
struct alignas(64) CUtensorMap { uint64_t opaque[16]; };
static_assert(sizeof(CUtensorMap) == 128, "as cuda.h");
enum CUtensorMapDataType { CU_TENSOR_MAP_DATA_TYPE_UINT8 = 0, CU_TENSOR_MAP_DATA_TYPE_FLOAT32 = 7,
                           CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 = 9 };
enum CUtensorMapSwizzle { CU_TENSOR_MAP_SWIZZLE_NONE, CU_TENSOR_MAP_SWIZZLE_32B, CU_TENSOR_MAP_SWIZZLE_64B,
                          CU_TENSOR_MAP_SWIZZLE_128B };
