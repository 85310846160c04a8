// Element-wise kernels of dense tensors: indices, raw copies, and arrays passed by value.
#pragma once
#include "groups.cuh"

// Parameters of fixed length: a launcher passes their bytes, unused entries as the kernel's header says.
struct Long5 { long long v[5]; };
struct Long6 { long long v[6]; };
struct Float8 { float v[8]; };
struct Pointer8 { void* v[8]; };

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
