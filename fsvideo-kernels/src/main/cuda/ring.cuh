// A ring of shared-memory stages between a TMA producer and wgmma consumers: a stage holds 128 rows of a and BN rows of b,
// each 64 BF16 (or 128 E4M3) wide and swizzled over 128 bytes, and has a full and an empty barrier.
#pragma once
#include "common.cuh"

#if HAS_SM90
constexpr int RING_ROWS = 128, RING_DEPTH = 64, CONSUMER_WARPS = 8;

template <int BN, int STAGES> struct Ring {
    static constexpr int A_BYTES = RING_ROWS * RING_DEPTH * 2, BYTES = A_BYTES + BN * RING_DEPTH * 2;
    uint32_t base;
    DEVICE uint32_t a(int step) const { return base + step % STAGES * BYTES; }
    DEVICE uint32_t b(int step) const { return a(step) + A_BYTES; }
    DEVICE uint32_t full(int step) const { return base + STAGES * BYTES + step % STAGES * 8; }
    DEVICE uint32_t empty(int step) const { return full(step) + STAGES * 8; }
    DEVICE int phase(int step) const { return step / STAGES & 1; }

    // By one thread, before a __syncthreads.
    DEVICE void create() const {
        for (int s = 0; s < STAGES; ++s) {
            ptx::mbar_init(full(s), 1);
            ptx::mbar_init(empty(s), CONSUMER_WARPS);
        }
        ptx::mbar_init_fence();
    }
    // The producer's turn: the stage is free and expects both boxes.
    DEVICE void acquire(int step) const {
        ptx::mbar_wait(empty(step), phase(step) ^ 1);
        ptx::mbar_arrive_expect_tx(full(step), BYTES);
    }
    // A consumer warp has read the stage; every warp reports for itself.
    DEVICE void release(int step) const {
        if ((threadIdx.x & 31) == 0) ptx::mbar_arrive(empty(step));
    }
    // Issues acc (+)= a b^T of one stage for a warpgroup's 64 rows.
    DEVICE void multiply(float (&acc)[BN / 2], int step, int group, int accumulate) const {
        begin(step);
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            ptx::wgmma_ss<0, 0>(acc, a_slice(step, group, k), b_slice(step, k), accumulate | k);
        }
        ptx::wgmma_commit();
    }
    // The same of E4M3.
    DEVICE void multiply_e4m3(float (&acc)[BN / 2], int step, int group, int accumulate) const {
        begin(step);
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            ptx::wgmma_ss_e4m3(acc, a_slice(step, group, k), b_slice(step, k), accumulate | k);
        }
        ptx::wgmma_commit();
    }

private:
    DEVICE void begin(int step) const {
        ptx::mbar_wait(full(step), phase(step));
        ptx::wgmma_fence();
    }
    // Descriptors of 32 bytes of each row: 16 BF16 or 32 E4M3.
    DEVICE uint64_t a_slice(int step, int group, int k) const {
        return ptx::desc(a(step) + group * 64 * 128 + k * 32, 16, 1024, 1);
    }
    DEVICE uint64_t b_slice(int step, int k) const { return ptx::desc(b(step) + k * 32, 16, 1024, 1); }
};
#endif
