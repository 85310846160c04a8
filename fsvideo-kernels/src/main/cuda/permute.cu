// permute: out.dim(i) = x.dim(axes[i]), up to six axes, elements of 1, 2 or 4 bytes.
//   permute_rows  the last axis stays last: runs of row_bytes move as a whole, any element size
//   permute_b8, permute_b16, permute_b32   any order: tiles of 32 x 32 elements through shared memory, out's last axis
//                 against `axis`, the axis of out along which x is contiguous
//   out, x        aligned to an element; out dense in the order of `shape`
//   shape         out's sizes, outermost first, leading ones added; permute_rows: the five axes before the run
//   strides       of x along out's axes: in bytes for permute_rows, in elements for the others
//   axis          0 .. 4; the right one makes reads contiguous, any gives the right result
//   launch        permute_rows: grid = ceil(rows * ceil(row_bytes / 16) / 256); the others: grid =
//                 ceil(shape[axis] / 32) * ceil(shape[5] / 32) * the other sizes multiplied; block = 256, shared = 0
//   bound         memory: 2 * count * element bytes; tiles read and write 32-element runs, 32 (b8) to 128 bytes (b32)
//   source        io.fsvideo.tensor.Ops.permute
//@ block.x == 256; least(shape) >= 1; least(strides) >= 0
//@ permute_rows: out[product(shape) * row_bytes]; x[span(shape, strides) - 1 + row_bytes]; row_bytes >= 1
//@ permute_rows: grid.x == ceil(product(shape) * ceil(row_bytes, 16), 256)
//@ permute_b*: out[product(shape)]; x[span(shape, strides)]; axis >= 0; axis <= 4
//@ permute_b*: grid.x == product(shape) / shape[axis] / shape[5] * ceil(shape[axis], 32) * ceil(shape[5], 32)
#include "elements.cuh"

namespace {
constexpr int TILE = 32, ROWS = 8; // 256 threads: 8 rows of 32

template <class T> DEVICE void transpose(T* out, const T* x, const Long6& shape, const Long6& strides, int axis, T* tile) {
    constexpr int PITCH = TILE + 4 / sizeof(T); // an odd number of words: columns touch 32 banks
    long long rest = blockIdx.x, rows = 1, row_step = 0, x_row_step = 0, to = 0, from = 0, step = shape.v[5];
    const Split place = split(rest, (shape.v[5] + TILE - 1) / TILE);
    const long long column = place.remainder * TILE;
    rest = place.quotient;
    long long row = 0;
#pragma unroll
    for (int a = 4; a >= 0; --a) {
        const long long size = shape.v[a], pieces = a == axis ? (size + TILE - 1) / TILE : size;
        const Split piece = split(rest, pieces);
        const long long at = piece.remainder;
        rest = piece.quotient;
        if (a == axis) {
            rows = size;
            row = at * TILE;
            row_step = step;
            x_row_step = strides.v[a];
        } else {
            to += at * step;
            from += at * strides.v[a];
        }
        step *= size;
    }
    const int lane = threadIdx.x % TILE, line = threadIdx.x / TILE;
#pragma unroll
    for (int i = line; i < TILE; i += ROWS) { // x is contiguous along the rows: lanes run along them
        const long long c = column + i, r = row + lane;
        if (c < shape.v[5] && r < rows) tile[lane * PITCH + i] = x[from + c * strides.v[5] + r * x_row_step];
    }
    __syncthreads();
#pragma unroll
    for (int i = line; i < TILE; i += ROWS) {
        const long long c = column + lane, r = row + i;
        if (c < shape.v[5] && r < rows) out[to + c + r * row_step] = tile[i * PITCH + lane];
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
permute_rows(unsigned char* __restrict__ out, const unsigned char* __restrict__ x, const __grid_constant__ Long5 shape,
             const __grid_constant__ Long5 strides, long long row_bytes) {
    const Split place = split(thread_index(), (row_bytes + 15) >> 4);
    const long long first = place.remainder * 16, to = place.quotient * row_bytes;
    long long row = place.quotient, from = 0;
#pragma unroll
    for (int a = 4; a >= 0; --a) {
        if (shape.v[a] == 1) continue;
        const Split at = split(row, shape.v[a]);
        from += at.remainder * strides.v[a];
        row = at.quotient;
    }
    if (row == 0) copy_chunk(out + to + first, x + from + first, clamp_to(row_bytes - first, 16));
}
extern "C" __global__ void __launch_bounds__(256)
permute_b8(uint8_t* __restrict__ out, const uint8_t* __restrict__ x, const __grid_constant__ Long6 shape,
           const __grid_constant__ Long6 strides, int axis) {
    SHARED_ARRAY(uint8_t, tile, 32 * 36);
    transpose(out, x, shape, strides, axis, tile);
}
extern "C" __global__ void __launch_bounds__(256)
permute_b16(uint16_t* __restrict__ out, const uint16_t* __restrict__ x, const __grid_constant__ Long6 shape,
            const __grid_constant__ Long6 strides, int axis) {
    SHARED_ARRAY(uint16_t, tile, 32 * 34);
    transpose(out, x, shape, strides, axis, tile);
}
extern "C" __global__ void __launch_bounds__(256)
permute_b32(uint32_t* __restrict__ out, const uint32_t* __restrict__ x, const __grid_constant__ Long6 shape,
            const __grid_constant__ Long6 strides, int axis) {
    SHARED_ARRAY(uint32_t, tile, 32 * 33);
    transpose(out, x, shape, strides, axis, tile);
}
