// embedding: rows of a table picked by ids. Any element type.
//   out           [count] rows of row_bytes, dense        ids  [count] int32
//   table         [table_rows] rows of row_bytes, dense; pointers aligned to an element
//   ids           0 .. table_rows - 1; any other id gives a row of set bits (NaN) and reads nothing
//   launch        grid = ceil(count * ceil(row_bytes / 16) / 256), block = 256, shared = 0
//   bound         memory: 2 * count * row_bytes; 16-byte accesses where rows are 16-byte aligned
//   source        io.fsvideo.tensor.Ops.embedding
#include "elements.cuh"

extern "C" __global__ void __launch_bounds__(256)
embedding(unsigned char* __restrict__ out, const int* __restrict__ ids, const unsigned char* __restrict__ table,
          long long row_bytes, long long count, int table_rows) {
    const long long chunks = (row_bytes + 15) / 16;
    const long long row = thread_index() / chunks, first = thread_index() % chunks * 16;
    if (row >= count) return;
    const int bytes = clamp_to(row_bytes - first, 16), id = ids[row];
    unsigned char* const to = out + row * row_bytes + first;
    if (id >= 0 && id < table_rows) {
        copy_chunk(to, table + id * row_bytes + first, bytes);
    } else {
        for (int i = 0; i < bytes; ++i) to[i] = 0xff;
    }
}
