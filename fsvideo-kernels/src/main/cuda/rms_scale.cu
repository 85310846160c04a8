// rms_scale: out = x / sqrt(squares / width + eps) * weight: an RMS norm over rows of `width` of which x holds `dim`.
//   out, x   [rows, dim] bf16 (rms_scale_f32: f32)      squares  [rows] f32, of the whole rows      weight  [dim] f32
//   launch   grid = rows, block = a multiple of 32, at most 256 (8 * block >= dim reads all at once), shared = 0;
//            16-byte accesses if dim % 8 == 0 and pointers are 16-byte aligned, any other dim one value at a time
//   bound    memory: 4 * rows * dim + 4 * rows + 4 * dim bytes
//   source   Wan2.1 wan/modules/model.py WanRMSNorm, split by columns
//@ out[grid.x * dim]; x[grid.x * dim]; squares[grid.x]; weight[dim]; block.x % 32 == 0; dim >= 1; width >= dim
#include "groups.cuh"

namespace {
template <class T>
DEVICE void scale_row(T* out, const T* x, const float* squares, const float* weight, int dim, int width, float eps) {
    const size_t row = static_cast<size_t>(blockIdx.x) * dim;
    const float scale = rsqrtf(squares[blockIdx.x] / static_cast<float>(width) + eps);
    for (int i = group_start(0); i < dim; i += static_cast<int>(blockDim.x) * 8) {
        float v[8], w[8];
        load_group(v, x + row + i, dim - i);
        load_group(w, weight + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[k] *= scale * w[k];
        store_group(out + row + i, v, dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
rms_scale(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ squares,
          const float* __restrict__ weight, int dim, int width, float eps) {
    scale_row(out, x, squares, weight, dim, width, eps);
}

extern "C" __global__ void __launch_bounds__(256)
rms_scale_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ squares,
              const float* __restrict__ weight, int dim, int width, float eps) {
    scale_row(out, x, squares, weight, dim, width, eps);
}
