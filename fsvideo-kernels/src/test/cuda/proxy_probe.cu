// proxy_probe: out = bf16(a) w^T where a reaches wgmma by ordinary stores and the result leaves by a bulk copy: both cross
// from the ordinary to the asynchronous view of shared memory and need fence.proxy.async.
//   a        [rows, depth] f32; w, out through maps of [columns, depth] and [rows, columns] bf16, boxes {64, 64}, swizzle
//            128 bytes; all sizes multiples of 64
//   launch   grid = (columns / 64, rows / 64), block = 128, shared = 17408
#include "common.cuh"

#if HAS_SM90
namespace {
// 64 x 64 of a as BF16: rows of 128 bytes whose 16-byte columns are XORed with the row, the layout of that swizzle.
DEVICE void convert_tile(unsigned char* tile, const float* a, int depth) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const int id = threadIdx.x + i * 128, row = id >> 3, column = id & 7;
        const float4* p = reinterpret_cast<const float4*>(a + static_cast<size_t>(row) * depth + column * 8);
        const float4 x = p[0], y = p[1];
        *reinterpret_cast<uint4*>(tile + row * 128 + ((column ^ (row & 7)) << 4)) =
            make_uint4(ptx::pack_bf16(x.x, x.y), ptx::pack_bf16(x.z, x.w), ptx::pack_bf16(y.x, y.y), ptx::pack_bf16(y.z, y.w));
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(128)
proxy_probe(const __grid_constant__ CUtensorMap out, const float* __restrict__ a, const __grid_constant__ CUtensorMap w,
            int depth) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t at_a = ptx::smem(raw), at_w = at_a + 8192, barrier = at_w + 8192;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    if (threadIdx.x == 0) {
        ptx::mbar_init(barrier, 1);
        ptx::mbar_init_fence();
    }
    __syncthreads();
    float acc[32];
    for (int k = 0; k < depth; k += 64) {
        if (threadIdx.x == 0) {
            ptx::mbar_arrive_expect_tx(barrier, 8192);
            ptx::tma_load(at_w, &w, barrier, k, blockIdx.x * 64);
        }
        convert_tile(raw, a + static_cast<size_t>(blockIdx.y) * 64 * depth + k, depth);
        ptx::fence_async_shared(); // before wgmma reads the stores
        ptx::mbar_wait(barrier, k / 64 & 1);
        __syncthreads();
        ptx::wgmma_fence();
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            ptx::wgmma_ss<0, 0>(acc, ptx::desc(at_a + i * 32, 16, 1024, 1), ptx::desc(at_w + i * 32, 16, 1024, 1), k | i);
        }
        ptx::wgmma_commit();
        ptx::wgmma_wait<0>();
        __syncthreads(); // both tiles are filled again
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        const uint32_t r[4] = {ptx::pack_bf16(acc[j * 8], acc[j * 8 + 1]), ptx::pack_bf16(acc[j * 8 + 2], acc[j * 8 + 3]),
                               ptx::pack_bf16(acc[j * 8 + 4], acc[j * 8 + 5]), ptx::pack_bf16(acc[j * 8 + 6], acc[j * 8 + 7])};
        const int row = warp * 16 + (lane & 15), column = j * 2 + (lane >> 4);
        ptx::stmatrix_x4(at_a + row * 128 + ((column ^ (row & 7)) << 4), r);
    }
    ptx::fence_async_shared(); // before the bulk copy reads them
    __syncthreads();
    if (threadIdx.x == 0) {
        ptx::tma_store(&out, at_a, blockIdx.x * 64, blockIdx.y * 64);
        ptx::bulk_commit();
        ptx::bulk_wait_read<0>();
    }
}
#endif
