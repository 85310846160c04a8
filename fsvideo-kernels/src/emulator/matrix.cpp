// ldmatrix, stmatrix and mma.sync m16n8k16: fragments as the PTX manual lays them out over a warp.
#include "race.h"
#include "runtime.h"

namespace emulator {
namespace {
struct Load { u32* registers; u32 address; int matrices; bool transposed; };
struct Store { u32 address; const u32* registers; int matrices; bool transposed; };
struct Product { float* d; const u32* a; const u32* b; };

void check_row(const char* what, u32 address) {
    if (address % 16) fail("%s: row address 0x%x must be 16-byte aligned", what, address);
}

template <class Lane> void count_conflicts(const char* what, void* const* lanes) {
    u32 rows[32];
    const int matrices = static_cast<Lane*>(lanes[0])->matrices;
    for (int i = 0; i < matrices * 8; ++i) rows[i] = static_cast<Lane*>(lanes[i])->address;
    profile_rows(what, rows, matrices * 8);
}

void load_all(void* const* lanes, u32) {
    const Load& first = *static_cast<Load*>(lanes[0]);
    count_conflicts<Load>("ldmatrix", lanes);
    for (int m = 0; m < first.matrices; ++m) {
        const u16* row[8];
        for (int i = 0; i < 8; ++i) {
            row[i] = static_cast<const u16*>(shared_pointer(static_cast<Load*>(lanes[m * 8 + i])->address, 16));
        }
        for (int lane = 0; lane < 32; ++lane) {
            const int g = lane / 4, t = lane % 4 * 2;
            const u32 low = first.transposed ? row[t][g] : row[g][t];
            const u32 high = first.transposed ? row[t + 1][g] : row[g][t + 1];
            static_cast<Load*>(lanes[lane])->registers[m] = low | high << 16;
        }
    }
}

void store_all(void* const* lanes, u32) {
    const Store& first = *static_cast<Store*>(lanes[0]);
    count_conflicts<Store>("stmatrix", lanes);
    for (int m = 0; m < first.matrices; ++m) {
        for (int lane = 0; lane < 32; ++lane) {
            const int g = lane / 4, t = lane % 4 * 2;
            const u32 value = static_cast<Store*>(lanes[lane])->registers[m];
            for (int i = 0; i < 2; ++i) {
                const int r = first.transposed ? t + i : g, c = first.transposed ? g : t + i;
                u16* row = static_cast<u16*>(shared_pointer(static_cast<Store*>(lanes[m * 8 + r])->address, 16));
                row[c] = static_cast<u16>(value >> 16 * i);
            }
        }
    }
}

void multiply(void* const* lanes, u32) {
    float a[16][16], b[16][8], d[16][8];
    for (int lane = 0; lane < 32; ++lane) {
        const Product& x = *static_cast<Product*>(lanes[lane]);
        const int g = lane / 4, t = lane % 4 * 2;
        for (int i = 0; i < 4; ++i) {
            const int row = g + (i & 1) * 8, column = t + (i >> 1) * 8;
            a[row][column] = bf16_value(x.a[i] & 0xffff);
            a[row][column + 1] = bf16_value(x.a[i] >> 16);
        }
        for (int i = 0; i < 2; ++i) {
            b[t + i * 8][g] = bf16_value(x.b[i] & 0xffff);
            b[t + 1 + i * 8][g] = bf16_value(x.b[i] >> 16);
            d[g + i * 8][t] = x.d[i * 2];
            d[g + i * 8][t + 1] = x.d[i * 2 + 1];
        }
    }
    for (int m = 0; m < 16; ++m) {
        for (int k = 0; k < 16; ++k) {
            for (int n = 0; n < 8; ++n) d[m][n] += a[m][k] * b[k][n];
        }
    }
    for (int lane = 0; lane < 32; ++lane) {
        const Product& x = *static_cast<Product*>(lanes[lane]);
        const int g = lane / 4, t = lane % 4 * 2;
        for (int i = 0; i < 2; ++i) {
            x.d[i * 2] = d[g + i * 8][t];
            x.d[i * 2 + 1] = d[g + i * 8][t + 1];
        }
    }
    statistics.mma_flops += 2 * 16 * 16 * 8;
}
} // namespace

void ldmatrix(u32* registers, u32 address, int matrices, bool transposed) {
    RACE_HERE();
    Load mine{registers, address, matrices, transposed};
    check_row("ldmatrix", address);
    if (static_cast<int>(current->lane) < matrices * 8) {
        race_access(shared_pointer(address, 16), 16, false, SELF, "ldmatrix");
    }
    warp_collective("ldmatrix", ~0u, load_all, &mine);
}

void stmatrix(u32 address, const u32* registers, int matrices, bool transposed) {
    RACE_HERE();
    Store mine{address, registers, matrices, transposed};
    check_row("stmatrix", address);
    if (static_cast<int>(current->lane) < matrices * 8) {
        race_access(shared_pointer(address, 16), 16, true, SELF, "stmatrix");
    }
    warp_collective("stmatrix", ~0u, store_all, &mine);
}

void mma_m16n8k16(float* d, const u32* a, const u32* b) {
    Product mine{d, a, b};
    warp_collective("mma.m16n8k16", ~0u, multiply, &mine);
}
} // namespace emulator
