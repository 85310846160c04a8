// What matrix products share: the epilogue of two neighbouring results, and the order of tiles of a persistent grid.
#pragma once
#include "common.cuh"

struct Output {
    bf16* out;
    const float* bias;
    const bf16* residual;
    const float* gate;
    int columns, gate_rows, activation;
};

DEVICE float finish(const Output& o, size_t row, int column, float x) {
    if (o.bias) x += o.bias[column];
    if (!o.residual) return activate(o.activation, x);
    const float gate = o.gate ? o.gate[row / o.gate_rows * o.columns + column] : 1.0f;
    return __bfloat162float(o.residual[row * o.columns + column]) + gate * x;
}

// Two neighbours of a row; column is even.
DEVICE void store_pair(const Output& o, size_t row, int column, float x, float y) {
    if (column >= o.columns) return;
    bf16* to = o.out + row * o.columns + column;
    if (o.columns % 2 == 0) {
        const float low = finish(o, row, column, x), high = finish(o, row, column + 1, y);
        *reinterpret_cast<uint32_t*>(to) = ptx::pack_bf16(low, high);
        return;
    }
    store(to, finish(o, row, column, x));
    if (column + 1 < o.columns) store(to + 1, finish(o, row, column + 1, y));
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
