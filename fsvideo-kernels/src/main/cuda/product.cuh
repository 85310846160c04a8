// What matrix products share: the epilogue of two neighbouring results, and the order of tiles of a persistent grid.
#pragma once
#include "common.cuh"

// T: of result and residual.
template <class T> struct Output {
    T* out;
    const float* bias;
    const T* residual;
    const float* gate;
    int columns, gate_rows, activation;
};

template <class T> DEVICE float finish(const Output<T>& o, size_t row, int column, float x, float residual) {
    if (o.bias) x += o.bias[column];
    if (!o.residual) return activate(o.activation, x);
    const float gate = o.gate ? o.gate[row / o.gate_rows * o.columns + column] : 1.0f;
    return residual + gate * x;
}

// Two neighbours in one access; the pointer is aligned to their size.
DEVICE float2 load_two(const bf16* p) {
    const uint32_t both = *reinterpret_cast<const uint32_t*>(p);
    return make_float2(__uint_as_float(both << 16), __uint_as_float(both & 0xffff0000u));
}
DEVICE float2 load_two(const float* p) { return *reinterpret_cast<const float2*>(p); }
DEVICE void store_two(bf16* p, float low, float high) { *reinterpret_cast<uint32_t*>(p) = ptx::pack_bf16(low, high); }
DEVICE void store_two(float* p, float low, float high) { *reinterpret_cast<float2*>(p) = make_float2(low, high); }

// Two neighbours of a row; column is even.
template <class T> DEVICE void store_pair(const Output<T>& o, size_t row, int column, float x, float y) {
    if (column >= o.columns) return;
    const size_t at = row * o.columns + column;
    const bool both = column + 1 < o.columns;
    float2 residual = make_float2(0.0f, 0.0f);
    if (o.columns % 2 == 0) {
        if (o.residual) residual = load_two(o.residual + at);
        store_two(o.out + at, finish(o, row, column, x, residual.x), finish(o, row, column + 1, y, residual.y));
        return;
    }
    if (o.residual) residual = make_float2(to_float(o.residual[at]), both ? to_float(o.residual[at + 1]) : 0.0f);
    store(o.out + at, finish(o, row, column, x, residual.x));
    if (both) store(o.out + at + 1, finish(o, row, column + 1, y, residual.y));
}

constexpr int SUPER_ROWS = 8, TILE_ROWS = 128;

struct Tile { int row, column, batch; };
struct Tiles {
    int rows, columns, count;
    DEVICE Tiles(int m, int n, int batches, int bn)
        : rows((m + TILE_ROWS - 1) / TILE_ROWS), columns((n + bn - 1) / bn), count(rows * columns * batches) {}
    DEVICE Tile at(int index) const {
        const int batch = index / (rows * columns), i = index % (rows * columns);
        const int first = i / (SUPER_ROWS * columns) * SUPER_ROWS, j = i % (SUPER_ROWS * columns);
        const int height = min(SUPER_ROWS, rows - first);
        return {first + j % height, j / height, batch};
    }
};
