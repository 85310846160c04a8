// copy_probe: a box of a tensor of 1 to 5 dimensions through shared memory into a box of another, by bulk tensor copies.
//   to, from   maps of one rank and box; at_to, at_from its coordinates from the innermost outwards, any sign
//   seen       [bytes] the box as it lies in shared memory
//   launch     grid = 1, block = 32, shared = bytes + 1024; bytes, the box's size, is a multiple of 128
#include "elements.cuh"

#if HAS_SM90
namespace {
struct Int5 { int v[5]; };

template <class Copy> DEVICE void by_rank(int rank, const Int5& c, Copy copy) {
    switch (rank) {
        case 1: return copy(c.v[0]);
        case 2: return copy(c.v[0], c.v[1]);
        case 3: return copy(c.v[0], c.v[1], c.v[2]);
        case 4: return copy(c.v[0], c.v[1], c.v[2], c.v[3]);
        default: return copy(c.v[0], c.v[1], c.v[2], c.v[3], c.v[4]);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(32)
copy_probe(const __grid_constant__ CUtensorMap to, unsigned char* __restrict__ seen, const __grid_constant__ CUtensorMap from,
           int rank, const __grid_constant__ Int5 at_to, const __grid_constant__ Int5 at_from, int bytes) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = ptx::smem(raw), barrier = base + bytes;
    if (threadIdx.x == 0) {
        ptx::mbar_init(barrier, 1);
        ptx::mbar_init_fence();
        ptx::mbar_arrive_expect_tx(barrier, bytes);
        by_rank(rank, at_from, [&](auto... c) { ptx::tma_load(base, &from, barrier, c...); });
    }
    __syncwarp();
    ptx::mbar_wait(barrier, 0);
    for (int i = threadIdx.x * 16; i < bytes; i += 512) copy_chunk(seen + i, raw + i, 16);
    __syncwarp();
    if (threadIdx.x == 0) {
        by_rank(rank, at_to, [&](auto... c) { ptx::tma_store(&to, base, c...); });
        ptx::bulk_commit();
        ptx::bulk_wait_read<0>();
    }
}
#endif
