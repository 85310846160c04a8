// embedding: rows of a table picked by ids. Any element type.
//   out           [count] rows of row_bytes, dense        ids  [count] int32
//   table         [table_rows] rows of row_bytes, dense; pointers aligned to an element
//   ids           0 .. table_rows - 1; any other id gives a row of set bits (NaN) and reads nothing
//   launch        grid = count, block = 128, shared = 0
//   bound         memory: 2 * count * row_bytes; 16-byte accesses where rows are 16-byte aligned
//   source        io.fsvideo.tensor.Ops.embedding
//@ out[grid.x * row_bytes]; ids[grid.x]; table[table_rows * row_bytes]; block.x == 128; row_bytes >= 1; table_rows >= 1
#include "elements.cuh"

extern "C" __global__ void __launch_bounds__(128)
embedding(unsigned char* __restrict__ out, const int* __restrict__ ids, const unsigned char* __restrict__ table,
          long long row_bytes, int table_rows) {
    const long long row = blockIdx.x;
    const int id = ids[row];
    const bool inside = id >= 0 && id < table_rows;
    out += row * row_bytes;
    table += inside ? id * row_bytes : 0;
    for (long long first = threadIdx.x * 16; first < row_bytes; first += blockDim.x * 16) {
        const int bytes = clamp_to(row_bytes - first, 16);
        if (inside) {
            copy_chunk(out + first, table + first, bytes);
        } else {
            for (int i = 0; i < bytes; ++i) out[first + i] = 0xff;
        }
    }
}
