// glu_silu: out = a * silu(g), where a and g are the two halves of each row of x.
//   out      [rows, dim] bf16 (glu_silu_f32: f32)        x  [rows, 2 dim] of the same type
//   launch   grid = rows, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//            16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound    memory: 6 * rows * dim bytes
//   source   efficientvit models/nn/ops.py GLUMBConv
//@ out[grid.x * dim]; x[grid.x * 2 * dim]; block.x % 32 == 0; dim >= 1
#include "groups.cuh"

namespace {
template <class T> DEVICE void gate(T* out, const T* x, int dim) {
    x += static_cast<size_t>(blockIdx.x) * 2 * dim;
    out += static_cast<size_t>(blockIdx.x) * dim;
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float a[8], g[8];
        load_group(a, x + i, dim - i);
        load_group(g, x + dim + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) a[k] *= activate(SILU, g[k]);
        store_group(out + i, a, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
glu_silu(bf16* __restrict__ out, const bf16* __restrict__ x, int dim) {
    gate(out, x, dim);
}

extern "C" __global__ void __launch_bounds__(256)
glu_silu_f32(float* __restrict__ out, const float* __restrict__ x, int dim) {
    gate(out, x, dim);
}
