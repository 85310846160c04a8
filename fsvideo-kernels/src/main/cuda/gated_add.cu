// gated_add: out = x + gate * y; the gate is that of the batch entry, 1 if null.
//   out, x, y   [batch, tokens, dim] bf16 (gated_add_f32: f32; gated_add_f32_bf16: f32 out and x, bf16 y)
//   gate        [batch, dim] f32 or null
//   launch      grid = (tokens, batch), block = a multiple of 32, at most 256 (8 * block >= dim reads all at once),
//               shared = 0; 16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, else value by value
//   bound       memory: 6 * batch * tokens * dim bytes, and 4 * batch * dim of the gate
//   source      Wan2.1 wan/modules/model.py WanAttentionBlock
//@ out[grid.x * grid.y * dim]; x[grid.x * grid.y * dim]; gate[grid.y * dim] or null; y[grid.x * grid.y * dim]
//@ block.x % 32 == 0; dim >= 1
#include "groups.cuh"

namespace {
template <class T, class Y> DEVICE void add_gated(T* out, const T* x, const float* gate, const Y* y, int dim) {
    const size_t row = (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * dim;
    const bool gated = gate != nullptr;
    if (gated) gate += static_cast<size_t>(blockIdx.y) * dim;
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float a[8], g[8], b[8];
        load_group(a, x + row + i, dim - i);
        load_group(g, gate + i, gated ? dim - i : 0, 1.0f);
        load_group(b, y + row + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) a[k] += g[k] * b[k];
        store_group(out + row + i, a, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
gated_add(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ gate,
          const bf16* __restrict__ y, int dim) {
    add_gated(out, x, gate, y, dim);
}

extern "C" __global__ void __launch_bounds__(256)
gated_add_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ gate,
              const float* __restrict__ y, int dim) {
    add_gated(out, x, gate, y, dim);
}

extern "C" __global__ void __launch_bounds__(256)
gated_add_f32_bf16(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ gate,
                   const bf16* __restrict__ y, int dim) {
    add_gated(out, x, gate, y, dim);
}
