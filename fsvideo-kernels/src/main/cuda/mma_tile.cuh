// 128 x 128 results of eight warps by mma.sync (sm_80): operand tiles of 128 rows and 32 BF16 in shared memory, 64 x 32
// results a warp.
#pragma once
#include "common.cuh"

constexpr int TILE = 128, STEP = 32, TILE_BYTES = TILE * STEP * 2;
using MmaResults = float[4][4][4];

// Rows of 64 bytes; the 16-byte column is XORed with bits of the row, so that ldmatrix touches all banks.
DEVICE uint32_t place(int row, int column16) { return row * 64 + ((column16 ^ (row >> 1 & 3)) << 4); }
DEVICE int warp_row() { return (threadIdx.x >> 5 & 1) * 64; }
DEVICE int warp_column() { return (threadIdx.x >> 6) * 32; }

// acc += a b^T of two tiles in shared memory.
DEVICE void multiply_tiles(MmaResults& acc, uint32_t a, uint32_t b) {
    const int lane = threadIdx.x & 31;
#pragma unroll
    for (int kk = 0; kk < STEP / 16; ++kk) {
        uint32_t fa[4][4], fb[2][4];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            ptx::ldmatrix_x4(fa[i], a + place(warp_row() + i * 16 + (lane & 15), kk * 2 + (lane >> 4)));
        }
#pragma unroll
        for (int j = 0; j < 2; ++j) {
            const int row = warp_column() + j * 16 + (lane & 7) + (lane >> 4) * 8;
            ptx::ldmatrix_x4(fb[j], b + place(row, kk * 2 + (lane >> 3 & 1)));
        }
#pragma unroll
        for (int i = 0; i < 4; ++i) {
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                ptx::mma_bf16(acc[i][j], fa[i], {fb[j >> 1][(j & 1) * 2], fb[j >> 1][(j & 1) * 2 + 1]});
            }
        }
    }
}

// visit(row, column, x, y) for each two neighbouring results of this thread.
template <class Visit> DEVICE void each_pair(const MmaResults& acc, Visit visit) {
    const int lane = threadIdx.x & 31;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const int row = warp_row() + i * 16 + (lane >> 2), column = warp_column() + j * 8 + (lane & 3) * 2;
            visit(row, column, acc[i][j][0], acc[i][j][1]);
            visit(row + 8, column, acc[i][j][2], acc[i][j][3]);
        }
    }
}
