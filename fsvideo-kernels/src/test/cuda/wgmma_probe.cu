// wgmma as the kernels use it, alone: every swizzle and direction of both operands, operands in registers, every width, E4M3.
// The same interface on a GPU and on the emulator, so that the emulator's own reading of the manual can be compared.
//   wgmma_layouts    out [64, 64] f32 = a b^T, a and b [64, 64] bf16; transposed operands lie in memory as [k, row]
//                    maps: box {swizzle span in elements, 64}; swizzle codes are those of ptx::desc
//   wgmma_registers  the same with a in registers, a row after the other in memory
//   wgmma_e4m3       the same for [64, 128] f8, never transposed
//   wgmma_widths     out [64, n] f32 = a b^T, a [64, 64], b [n, 64], swizzle 128 bytes, box {64, n}
//   launch           grid = 1, block = 128, shared = 17408 (wgmma_widths 41984)
#include "common.cuh"

#if HAS_SM90
namespace {
constexpr uint32_t OPERAND = 8192; // 64 rows of 128 bytes

DEVICE uint32_t span(int swizzle) { return swizzle == 0 ? 16 : swizzle == 1 ? 128 : swizzle == 2 ? 64 : 32; }

// Panels of `span` bytes along the rows of memory, one after another.
DEVICE void load(uint32_t to, const CUtensorMap* map, uint32_t barrier, int swizzle, int element_bytes) {
    const uint32_t bytes = span(swizzle);
    for (uint32_t panel = 0; panel < 128 / bytes; ++panel) {
        ptx::tma_load(to + panel * 64 * bytes, map, barrier, static_cast<int>(panel * bytes) / element_bytes, 0);
    }
}

// The descriptor of slice k: 32 bytes of each row, or 16 rows of memory if transposed.
DEVICE uint64_t slice(uint32_t at, int swizzle, int transposed, int k) {
    const uint32_t bytes = span(swizzle), panel = 64 * bytes;
    if (transposed) {
        return swizzle == 0 ? ptx::desc(at + k * 16 * bytes, 8 * bytes, panel, 0)
                            : ptx::desc(at + k * 16 * bytes, panel, 8 * bytes, swizzle);
    }
    const uint32_t byte = k * 32;
    return ptx::desc(at + byte / bytes * panel + byte % bytes, swizzle == 0 ? panel : 16, 8 * bytes, swizzle);
}

DEVICE uint32_t wait_for(const CUtensorMap* a, const CUtensorMap* b, unsigned char* raw, int swizzle_a, int swizzle_b,
                         int element_bytes) {
    const uint32_t base = ptx::smem(raw), barrier = base + 2 * OPERAND;
    if (threadIdx.x == 0) {
        ptx::mbar_init(barrier, 1);
        ptx::mbar_init_fence();
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        ptx::mbar_arrive_expect_tx(barrier, a ? 2 * OPERAND : OPERAND);
        if (a) load(base, a, barrier, swizzle_a, element_bytes);
        load(base + OPERAND, b, barrier, swizzle_b, element_bytes);
    }
    ptx::mbar_wait(barrier, 0);
    return base;
}

template <int ND> DEVICE void store_results(float* out, const float (&d)[ND]) {
    const int lane = threadIdx.x & 31, row = (threadIdx.x >> 5) * 16 + (lane >> 2);
#pragma unroll
    for (int i = 0; i < ND; ++i) out[(row + (i & 2 ? 8 : 0)) * ND * 2 + (i >> 2) * 8 + (lane & 3) * 2 + (i & 1)] = d[i];
}

template <int TA, int TB> DEVICE void multiply(float* out, uint32_t base, int swizzle_a, int swizzle_b) {
    float d[32];
    ptx::wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        ptx::wgmma_ss<TA, TB>(d, slice(base, swizzle_a, TA, k), slice(base + OPERAND, swizzle_b, TB, k), k);
    }
    ptx::wgmma_commit();
    ptx::wgmma_wait<0>();
    store_results(out, d);
}

template <int TB> DEVICE void multiply_registers(float* out, const bf16* a, uint32_t base, int swizzle) {
    const int lane = threadIdx.x & 31, row = (threadIdx.x >> 5) * 16 + (lane >> 2);
    uint32_t fragment[4][4];
#pragma unroll
    for (int k = 0; k < 4; ++k) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const bf16* p = a + (row + (i & 1) * 8) * 64 + k * 16 + (lane & 3) * 2 + (i >> 1) * 8;
            fragment[k][i] = *reinterpret_cast<const uint32_t*>(p);
        }
    }
    float d[32];
    ptx::wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) ptx::wgmma_rs<TB>(d, fragment[k], slice(base + OPERAND, swizzle, TB, k), k);
    ptx::wgmma_commit();
    ptx::wgmma_wait<0>();
    store_results(out, d);
}

template <int N> DEVICE void multiply_width(float* out, const CUtensorMap* a, const CUtensorMap* b, unsigned char* raw) {
    const uint32_t base = ptx::smem(raw), barrier = base + OPERAND + 256 * 128;
    if (threadIdx.x == 0) {
        ptx::mbar_init(barrier, 1);
        ptx::mbar_init_fence();
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        ptx::mbar_arrive_expect_tx(barrier, OPERAND + N * 128);
        ptx::tma_load(base, a, barrier, 0, 0);
        ptx::tma_load(base + OPERAND, b, barrier, 0, 0);
    }
    ptx::mbar_wait(barrier, 0);
    float d[N / 2];
    ptx::wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) ptx::wgmma_ss<0, 0>(d, slice(base, 1, 0, k), slice(base + OPERAND, 1, 0, k), k);
    ptx::wgmma_commit();
    ptx::wgmma_wait<0>();
    store_results(out, d);
}
} // namespace

extern "C" __global__ void __launch_bounds__(128)
wgmma_layouts(float* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap b,
              int swizzle_a, int transposed_a, int swizzle_b, int transposed_b) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = wait_for(&a, &b, raw, swizzle_a, swizzle_b, 2);
    if (transposed_a && transposed_b) multiply<1, 1>(out, base, swizzle_a, swizzle_b);
    else if (transposed_a) multiply<1, 0>(out, base, swizzle_a, swizzle_b);
    else if (transposed_b) multiply<0, 1>(out, base, swizzle_a, swizzle_b);
    else multiply<0, 0>(out, base, swizzle_a, swizzle_b);
}

extern "C" __global__ void __launch_bounds__(128)
wgmma_registers(float* __restrict__ out, const bf16* __restrict__ a, const __grid_constant__ CUtensorMap b, int swizzle_b,
                int transposed_b) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = wait_for(nullptr, &b, raw, 0, swizzle_b, 2);
    if (transposed_b) multiply_registers<1>(out, a, base, swizzle_b);
    else multiply_registers<0>(out, a, base, swizzle_b);
}

extern "C" __global__ void __launch_bounds__(128)
wgmma_e4m3(float* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap b,
           int swizzle_a, int swizzle_b) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = wait_for(&a, &b, raw, swizzle_a, swizzle_b, 1);
    float d[32];
    ptx::wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        ptx::wgmma_ss_e4m3(d, slice(base, swizzle_a, 0, k), slice(base + OPERAND, swizzle_b, 0, k), k);
    }
    ptx::wgmma_commit();
    ptx::wgmma_wait<0>();
    store_results(out, d);
}

extern "C" __global__ void __launch_bounds__(128)
wgmma_widths(float* __restrict__ out, const __grid_constant__ CUtensorMap a, const __grid_constant__ CUtensorMap b, int n) {
    SHARED_DYNAMIC(unsigned char, raw);
    switch (n) {
        case 8: return multiply_width<8>(out, &a, &b, raw);
        case 16: return multiply_width<16>(out, &a, &b, raw);
        case 32: return multiply_width<32>(out, &a, &b, raw);
        case 64: return multiply_width<64>(out, &a, &b, raw);
        case 96: return multiply_width<96>(out, &a, &b, raw);
        case 128: return multiply_width<128>(out, &a, &b, raw);
        case 192: return multiply_width<192>(out, &a, &b, raw);
        default: return multiply_width<256>(out, &a, &b, raw);
    }
}
#endif
