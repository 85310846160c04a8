// fill: every element becomes the same value of 1, 2 or 4 bytes.
//   out           bytes in all, aligned to an element; 16-byte aligned for full speed
//   pattern       the element's bits, repeated to 32 bits when the element is shorter
//   launch        grid = ceil(bytes / (16 * 256)), block = 256, shared = 0
//   bound         memory: bytes
//   source        io.fsvideo.tensor.Ops.fill
//@ out[bytes]; block.x == 256; bytes >= 1; grid.x == ceil(bytes, 4096)
#include "elements.cuh"

extern "C" __global__ void __launch_bounds__(256)
fill(unsigned char* __restrict__ out, long long bytes, unsigned pattern) {
    const long long first = thread_index() * 16;
    if (first >= bytes) return;
    const int valid = clamp_to(bytes - first, 16);
    if (valid == 16 && (address(out) & 15) == 0) {
        *reinterpret_cast<uint4*>(out + first) = make_uint4(pattern, pattern, pattern, pattern);
        return;
    }
    for (int i = 0; i < valid; ++i) out[first + i] = static_cast<unsigned char>(pattern >> (i & 3) * 8);
}
