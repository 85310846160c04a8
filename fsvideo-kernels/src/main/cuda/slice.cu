// slice: a range of entries along one axis. Any element type.
//   out           rows rows of row_bytes, dense
//   x             rows rows, x_pitch bytes apart, starting at the first byte wanted of the first row
//   sizes         rows = sizes before the axis multiplied; row_bytes = entries wanted * sizes after the axis * element
//                 bytes; x_pitch = entries of x along the axis * the same; pointers aligned to an element
//   launch        grid = ceil(rows * ceil(row_bytes / 16) / 256), block = 256, shared = 0
//   bound         memory: 2 * rows * row_bytes; 16-byte accesses where both rows are 16-byte aligned
//   source        io.fsvideo.tensor.Ops.slice
//@ out[rows * row_bytes]; x[(rows - 1) * x_pitch + row_bytes]
//@ block.x == 256; rows >= 1; row_bytes >= 1; x_pitch >= row_bytes; grid.x == ceil(rows * ceil(row_bytes, 16), 256)
#include "elements.cuh"

extern "C" __global__ void __launch_bounds__(256)
slice(unsigned char* __restrict__ out, const unsigned char* __restrict__ x, long long x_pitch, long long row_bytes,
      long long rows) {
    copy_rows(out, row_bytes, x, x_pitch, row_bytes, rows);
}
