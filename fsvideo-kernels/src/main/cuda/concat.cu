// concat: copies one part of a concatenation to its place; one launch a part. Any element type.
//   out           rows rows, out_pitch bytes apart, starting at the part's first byte of the first row
//   x             rows rows of row_bytes, dense
//   sizes         rows = sizes before the axis multiplied; row_bytes = part's size along the axis * sizes after it *
//                 element bytes; out_pitch the same of out; pointers aligned to an element
//   launch        grid = ceil(rows * ceil(row_bytes / 16) / 256), block = 256, shared = 0
//   bound         memory: 2 * rows * row_bytes; 16-byte accesses where both rows are 16-byte aligned
//   source        io.fsvideo.tensor.Ops.concat
//@ out[(rows - 1) * out_pitch + row_bytes]; x[rows * row_bytes]
//@ block.x == 256; rows >= 1; row_bytes >= 1; out_pitch >= row_bytes; grid.x == ceil(rows * ceil(row_bytes, 16), 256)
#include "elements.cuh"

extern "C" __global__ void __launch_bounds__(256)
concat(unsigned char* __restrict__ out, const unsigned char* __restrict__ x, long long out_pitch, long long row_bytes,
       long long rows) {
    copy_rows(out, out_pitch, x, row_bytes, row_bytes, rows);
}
