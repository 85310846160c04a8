// Element-wise kernels: 16-byte groups of neighbouring values, raw copies, and arrays passed by value.
#pragma once
#include "common.cuh"

// Parameters of fixed length: a launcher passes their bytes, unused entries as the kernel's header says.
struct Long5 { long long v[5]; };
struct Long6 { long long v[6]; };
struct Float8 { float v[8]; };
struct Pointer8 { void* v[8]; };

template <class T> constexpr int GROUP = 16 / sizeof(T); // values in 16 bytes

DEVICE long long thread_index() { return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE uintptr_t address(const void* p) { return reinterpret_cast<uintptr_t>(p); }
// One 64-bit division for quotient and remainder: nvcc calls a subroutine for each.
struct Split { long long quotient, remainder; };
DEVICE Split split(long long index, long long by) {
    const long long quotient = index / by;
    return {quotient, index - quotient * by};
}
// The same in 32 bits, for kernels of fewer than 2^31 threads: inline, with fewer registers.
struct ShortSplit { unsigned quotient, remainder; };
DEVICE ShortSplit short_split(unsigned index, unsigned by) {
    const unsigned quotient = index / by;
    return {quotient, index - quotient * by};
}
DEVICE int clamp_to(long long left, int limit) { return left < limit ? static_cast<int>(left) : limit; }

// The first `valid` values of the group at p, zeros after them; one access where p is 16-byte aligned.
DEVICE void load_group(float (&v)[8], const bf16* p, int valid) {
    if (valid >= 8 && (address(p) & 15) == 0) {
        const bf16x8 x = load8(p);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[k] = x.f(k);
        return;
    }
#pragma unroll
    for (int k = 0; k < 8; ++k) v[k] = k < valid ? to_float(p[k]) : 0.0f;
}
DEVICE void load_group(float (&v)[4], const float* p, int valid) {
    if (valid >= 4 && (address(p) & 15) == 0) {
        const float4 x = *reinterpret_cast<const float4*>(p);
        v[0] = x.x, v[1] = x.y, v[2] = x.z, v[3] = x.w;
        return;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) v[k] = k < valid ? p[k] : 0.0f;
}
DEVICE void store_group(bf16* p, const float (&v)[8], int valid) {
    if (valid >= 8 && (address(p) & 15) == 0) {
        bf16x8 x;
#pragma unroll
        for (int k = 0; k < 8; k += 2) x.set(k, v[k], v[k + 1]);
        store8(p, x);
        return;
    }
#pragma unroll
    for (int k = 0; k < 8; ++k) {
        if (k < valid) store(p + k, v[k]);
    }
}
DEVICE void store_group(float* p, const float (&v)[4], int valid) {
    if (valid >= 4 && (address(p) & 15) == 0) {
        *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
        return;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        if (k < valid) p[k] = v[k];
    }
}

template <class W> DEVICE void copy_words(unsigned char* to, const unsigned char* from, int bytes) {
    for (int i = 0; i < bytes / static_cast<int>(sizeof(W)); ++i) {
        reinterpret_cast<W*>(to)[i] = reinterpret_cast<const W*>(from)[i];
    }
}
// Copies at most 16 bytes in the widest words that both addresses and the length allow.
DEVICE void copy_chunk(unsigned char* to, const unsigned char* from, int bytes) {
    const uintptr_t all = address(to) | address(from) | static_cast<uintptr_t>(bytes);
    if ((all & 15) == 0) copy_words<uint4>(to, from, bytes);
    else if ((all & 3) == 0) copy_words<uint32_t>(to, from, bytes);
    else if ((all & 1) == 0) copy_words<uint16_t>(to, from, bytes);
    else copy_words<unsigned char>(to, from, bytes);
}
// Chunk thread_index() of `rows` rows of row_bytes, each row starting a chunk; pitches in bytes.
DEVICE void copy_rows(unsigned char* out, long long out_pitch, const unsigned char* x, long long x_pitch,
                      long long row_bytes, long long rows) {
    const Split place = split(thread_index(), (row_bytes + 15) >> 4);
    const long long row = place.quotient, first = place.remainder * 16;
    if (row < rows) copy_chunk(out + row * out_pitch + first, x + row * x_pitch + first, clamp_to(row_bytes - first, 16));
}
