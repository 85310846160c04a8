// add: out = a + b, b broadcast.
//   out, a        [shape] bf16 (add) or f32 (add_f32), dense; any alignment of an element, 16 bytes for full speed
//   b             same rank, each size that of a or 1; dense in its own shape
//   shape         five sizes, outermost first, leading ones added; neighbouring axes that b treats alike may be merged
//   b_strides     of b in elements, 0 where b is broadcast
//   launch        grid = ceil(rows * ceil(shape[4] / n) / 256), rows = shape[0] .. shape[3] multiplied, n = 8 (f32: 4),
//                 block = 256, shared = 0
//   bound         memory: 3 * count * element bytes (b not broadcast), at least 2 * count * element bytes
//   source        io.fsvideo.tensor.Ops.add
//@ out[product(shape)]; a[product(shape)]; b[span(shape, b_strides)]
//@ block.x == 256; least(shape) >= 1; least(b_strides) >= 0
//@ add: grid.x == ceil(product(shape) / shape[4] * ceil(shape[4], 8), 256)
//@ add_f32: grid.x == ceil(product(shape) / shape[4] * ceil(shape[4], 4), 256)
#include "broadcast.cuh"

namespace {
struct Sum {
    DEVICE float operator()(float a, float b) const { return a + b; }
};
} // namespace

extern "C" __global__ void __launch_bounds__(256)
add(bf16* __restrict__ out, const bf16* __restrict__ a, const bf16* __restrict__ b,
    const __grid_constant__ Long5 shape, const __grid_constant__ Long5 b_strides) {
    broadcast(out, a, b, shape, b_strides, Sum());
}
extern "C" __global__ void __launch_bounds__(256)
add_f32(float* __restrict__ out, const float* __restrict__ a, const float* __restrict__ b,
        const __grid_constant__ Long5 shape, const __grid_constant__ Long5 b_strides) {
    broadcast(out, a, b, shape, b_strides, Sum());
}
