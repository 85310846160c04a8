// rope: turns interleaved channel pairs of every head, (a, b) -> (a cos - b sin, a sin + b cos).
//   out, x     [batch, tokens, heads, head_dim] bf16 (rope_f32: f32); width = heads * head_dim
//   table      [table_batches, tokens, head_dim / 2, 2] f32, cosine then sine; table_batches = 1 or batch
//   launch     grid = (tokens, batch), block = a multiple of 32, at most 256 (8 * block >= width reads all at once),
//              shared = 0; head_dim even; 16-byte accesses if head_dim % 8 == 0 and pointers are 16-byte aligned
//   bound      memory: 4 * batch * tokens * width bytes, and 4 * tokens * head_dim of the table
//   source     Wan2.1 wan/modules/model.py rope_apply
//@ out[grid.x * grid.y * width]; x[grid.x * grid.y * width]; table[table_batches * grid.x * head_dim]
//@ block.x % 32 == 0; width >= 2; head_dim >= 2; head_dim % 2 == 0; width % head_dim == 0
//@ table_batches == 1 || table_batches == grid.y
#include "rope.cuh"

namespace {
template <class T> DEVICE void turn(T* out, const T* x, const float* table, int table_batches, int width, int head_dim) {
    const size_t token = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
    const float* turns = table + (table_batches == 1 ? blockIdx.x : token) * head_dim;
    x += token * width;
    out += token * width;
    for (int i = group_start(0); i < width; i += static_cast<int>(blockDim.x) * 8) {
        float v[8];
        load_group(v, x + i, width - i);
        turn_pairs(v, turns, i % head_dim, head_dim);
        store_group(out + i, v, width - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
rope(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ table, int table_batches, int width,
     int head_dim) {
    turn(out, x, table, table_batches, width, head_dim);
}

extern "C" __global__ void __launch_bounds__(256)
rope_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ table, int table_batches,
         int width, int head_dim) {
    turn(out, x, table, table_batches, width, head_dim);
}
