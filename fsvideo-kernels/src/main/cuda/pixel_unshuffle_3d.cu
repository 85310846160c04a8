// pixel_unshuffle_3d: blocks of time and space to channels, the inverse of pixel_shuffle_3d.
//   out           [planes, height, width, channels * frames * side * side]
//   x             [planes, frames, height * side, width * side, channels]
//                 bf16 (pixel_unshuffle_3d) or f32 (pixel_unshuffle_3d_f32), dense; 16-byte aligned for full speed
//   order         packed channel ((c * frames + it) * side + ih) * side + iw; planes = batch * frames before the shuffle
//   sizes         frames * side * side <= 4096
//   launch        grid = any, one to planes * height * width blocks share the tiles; block = 256, shared = 0
//   bound         memory: 2 * count * element bytes; a tile of 4096 elements passes through shared memory so that both
//                 sides move in 16-byte groups
//   source        io.fsvideo.tensor.Ops.pixelUnshuffle3d
//@ out[planes * height * width * channels * frames * side * side]
//@ x[planes * height * width * channels * frames * side * side]
//@ block.x == 256; planes >= 1; height >= 1; width >= 1; channels >= 1
//@ frames >= 1; side >= 1; frames * side * side <= 4096
#include "pixel_blocks.cuh"

extern "C" __global__ void __launch_bounds__(256)
pixel_unshuffle_3d(bf16* __restrict__ out, const bf16* __restrict__ x, long long planes, int height, int width,
                 int channels, int frames, int side) {
    SHARED_ARRAY(uint16_t, tile, pixels::SHARED<uint16_t>);
    pixels::move<pixels::Side::SPREAD>(reinterpret_cast<uint16_t*>(out), reinterpret_cast<const uint16_t*>(x),
                                      {planes, height, width, channels, frames, side}, tile);
}
extern "C" __global__ void __launch_bounds__(256)
pixel_unshuffle_3d_f32(float* __restrict__ out, const float* __restrict__ x, long long planes, int height, int width,
                     int channels, int frames, int side) {
    SHARED_ARRAY(uint32_t, tile, pixels::SHARED<uint32_t>);
    pixels::move<pixels::Side::SPREAD>(reinterpret_cast<uint32_t*>(out), reinterpret_cast<const uint32_t*>(x),
                                      {planes, height, width, channels, frames, side}, tile);
}
