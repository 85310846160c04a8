// quantize_rows: scale = max |x| / 448 of each row, out = x / scale in FP8 E4M3, so that x ~ scale * out.
//   out      [rows, dim] f8 (E4M3), nearest even, never above 448; NaN stays NaN
//   scale    [rows] f32; 0 for a row of zeros, whose codes are 0; an infinity makes its row NaN when it is multiplied back
//   x        [rows, dim] bf16 (quantize_rows_f32: f32)
//   launch   grid = rows, block = a multiple of 32 with 32 * block >= dim, at most 512, shared = 0; dim <= 16384;
//            wide accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound    memory: (3 * dim + 4) * rows bytes (f32: 5 * dim + 4); the row stays in registers
//   source   activations of gemm_fp8; the scale of one row as in public FP8 products (DeepSeek-V3 report, section 3.3)
//@ out[grid.x * dim]; scale[grid.x]; x[grid.x * dim]; block.x % 32 == 0; dim >= 1; dim <= 16384; 32 * block.x >= dim
#include "groups.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T> DEVICE void quantize(e4m3* out, float* scale, const T* x, int dim) {
    SHARED_ARRAY(float, maxima, 32);
    x += static_cast<size_t>(blockIdx.x) * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    float v[GROUPS][8], most = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + group_start(g), dim - group_start(g));
#pragma unroll
        for (int k = 0; k < 8; ++k) most = fmaxf(most, fabsf(v[g][k]));
    }
    const float unit = block_max(most, maxima) / 448.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] = unit > 0.0f ? v[g][k] / unit : v[g][k];
        store_group(out + group_start(g), v[g], dim - group_start(g));
    }
    if (threadIdx.x == 0) scale[blockIdx.x] = unit;
}
} // namespace

extern "C" __global__ void __launch_bounds__(512)
quantize_rows(e4m3* __restrict__ out, float* __restrict__ scale, const bf16* __restrict__ x, int dim) {
    quantize(out, scale, x, dim);
}

extern "C" __global__ void __launch_bounds__(512)
quantize_rows_f32(e4m3* __restrict__ out, float* __restrict__ scale, const float* __restrict__ x, int dim) {
    quantize(out, scale, x, dim);
}
