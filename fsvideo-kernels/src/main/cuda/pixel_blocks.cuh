// Moves between channels and blocks of pixels: the body of pixel_shuffle_3d and pixel_unshuffle_3d.
// "packed" is [planes, height, width, channels frames side^2], "spread" [planes, frames, height side, width side, channels].
#pragma once
#include "elements.cuh"

namespace pixels {
constexpr int CAPACITY = 4096; // elements of a tile: a run of packed pixels, or a part of their channels

// Place in shared memory: a word skipped after every 32 words spreads strided columns over the banks.
template <class T> constexpr int WORD = 4 / sizeof(T);
template <class T> DEVICE int padded(int element) { return element + element / (32 * WORD<T>) * WORD<T>; }
template <class T> constexpr int SHARED = CAPACITY + CAPACITY / 32;

struct Sizes { long long planes; int height, width, channels, frames, side; };
struct Tile {
    long long plane;
    int y, x, columns, channel, channels; // first column and their number, first channel and their number
};
enum class Side { PACKED, SPREAD };

// `valid` neighbouring elements between registers and memory, at once where aligned and whole.
template <class T, int N> DEVICE void load(T (&v)[N], const T* p, int valid) {
    if (valid == N && (address(p) & 15) == 0) {
        const uint4 word = *reinterpret_cast<const uint4*>(p);
        memcpy(v, &word, sizeof word);
        return;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) {
        if (k < valid) v[k] = p[k];
    }
}
template <class T, int N> DEVICE void store(T* p, const T (&v)[N], int valid) {
    if (valid == N && (address(p) & 15) == 0) {
        uint4 word;
        memcpy(&word, v, sizeof word);
        *reinterpret_cast<uint4*>(p) = word;
        return;
    }
#pragma unroll
    for (int k = 0; k < N; ++k) {
        if (k < valid) p[k] = v[k];
    }
}

// Shared memory holds the tile packed: [columns, channels, frames side side].
template <bool TO_SHARED, class T> DEVICE void packed_side(T* memory, T* shared, const Sizes& s, const Tile& t) {
    constexpr int N = GROUP<T>;
    const int block = s.frames * s.side * s.side, pixel = t.channels * block;
    const bool whole = t.channels == s.channels; // then the pixels' channels are one run
    const int run = whole ? t.columns * pixel : pixel, runs = whole ? 1 : t.columns, groups = (run + N - 1) / N;
    const long long row = (t.plane * s.height + t.y) * s.width + t.x;
    T* const first = memory + row * s.channels * block + static_cast<long long>(t.channel) * block;
    for (int i = threadIdx.x; i < runs * groups; i += blockDim.x) {
        const int r = i / groups, at = i % groups * N, valid = min(run - at, N);
        T* const p = first + static_cast<long long>(r) * s.channels * block + at;
        T v[N];
        if (TO_SHARED) load(v, p, valid);
#pragma unroll
        for (int k = 0; k < N; ++k) {
            if (k >= valid) break;
            if (TO_SHARED) shared[padded<T>(r * pixel + at + k)] = v[k];
            else v[k] = shared[padded<T>(r * pixel + at + k)];
        }
        if (!TO_SHARED) store(p, v, valid);
    }
}
template <bool TO_SHARED, class T> DEVICE void spread_side(T* memory, T* shared, const Sizes& s, const Tile& t) {
    constexpr int N = GROUP<T>;
    const int block = s.frames * s.side * s.side, lines = s.frames * s.side, across = t.columns * s.side;
    const bool whole = t.channels == s.channels; // then neighbouring pixels are one run
    const int run = whole ? across * t.channels : t.channels, runs = whole ? 1 : across, groups = (run + N - 1) / N;
    for (int i = threadIdx.x; i < lines * runs * groups; i += blockDim.x) {
        const int line = i / (runs * groups), r = i / groups % runs, at = i % groups * N, valid = min(run - at, N);
        const long long frame = t.plane * s.frames + line / s.side;
        const long long y = (frame * s.height + t.y) * s.side + line % s.side;
        const long long pixel = (y * s.width + t.x) * s.side + r;
        T* const p = memory + pixel * s.channels + t.channel + at;
        int column = whole ? at / t.channels : r, channel = whole ? at % t.channels : at;
        T v[N];
        if (TO_SHARED) load(v, p, valid);
#pragma unroll
        for (int k = 0; k < N; ++k) {
            if (k >= valid) break;
            const int place = (column / s.side * t.channels + channel) * block + line * s.side + column % s.side;
            T& packed = shared[padded<T>(place)];
            if (TO_SHARED) packed = v[k];
            else v[k] = packed;
            if (++channel == t.channels) {
                channel = 0;
                ++column;
            }
        }
        if (!TO_SHARED) store(p, v, valid);
    }
}

template <Side FROM, class T> DEVICE void move(T* out, const T* x, const Sizes& s, T* shared) {
    const int block = s.frames * s.side * s.side;
    const int channels = min(s.channels, CAPACITY / block);
    const int columns = min(s.width, CAPACITY / (channels * block));
    const int channel_tiles = (s.channels + channels - 1) / channels, column_tiles = (s.width + columns - 1) / columns;
    const long long tiles = s.planes * s.height * column_tiles * channel_tiles;
    for (long long i = blockIdx.x; i < tiles; i += gridDim.x) {
        Tile t;
        t.channel = static_cast<int>(i % channel_tiles) * channels;
        t.x = static_cast<int>(i / channel_tiles % column_tiles) * columns;
        t.y = static_cast<int>(i / channel_tiles / column_tiles % s.height);
        t.plane = i / channel_tiles / column_tiles / s.height;
        t.channels = min(channels, s.channels - t.channel);
        t.columns = min(columns, s.width - t.x);
        T* const from = const_cast<T*>(x);
        if (FROM == Side::PACKED) packed_side<true>(from, shared, s, t);
        else spread_side<true>(from, shared, s, t);
        __syncthreads();
        if (FROM == Side::PACKED) spread_side<false>(out, shared, s, t);
        else packed_side<false>(out, shared, s, t);
        __syncthreads(); // the next tile overwrites shared memory
    }
}
} // namespace pixels
