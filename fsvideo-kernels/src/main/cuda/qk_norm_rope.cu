// qk_norm_rope: queries or keys of self-attention: RMS norm over the full width, times weight, then rope per head.
//   out, x      [batch, tokens, heads, head_dim] bf16 (qk_norm_rope_f32: f32); dim = heads * head_dim
//   weight      [dim] f32
//   table       [table_batches, tokens, head_dim / 2, 2] f32 for frames, height and width in turn, cosine then sine;
//               table_batches = 1 or batch
//   launch      grid = (tokens, batch), block = a multiple of 32 with 32 * block >= dim, at most 256, shared = 0;
//               dim <= 8192, head_dim even; 16-byte accesses if head_dim % 8 == 0 and pointers are 16-byte aligned
//   bound       memory: 4 * batch * tokens * dim bytes, and 4 * tokens * head_dim of the table; a row stays in registers
//               between norm and rope, the sum is f32
//   source      Wan2.1 wan/modules/model.py WanSelfAttention
//@ out[grid.x * grid.y * dim]; x[grid.x * grid.y * dim]; weight[dim]; table[table_batches * grid.x * head_dim]
//@ block.x % 32 == 0; dim >= 2; dim <= 8192; 32 * block.x >= dim; head_dim >= 2; head_dim % 2 == 0; dim % head_dim == 0
//@ table_batches == 1 || table_batches == grid.y
#include "rope.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T>
DEVICE void norm_and_turn(T* out, const T* x, const float* weight, const float* table, int table_batches, int dim,
                          int head_dim, float eps) {
    SHARED_ARRAY(float, part, 32);
    const size_t token = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
    const float* turns = table + (table_batches == 1 ? blockIdx.x : token) * head_dim;
    x += token * dim;
    out += token * dim;
    float v[GROUPS][8], sum = 0.0f;
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        load_group(v[g], x + group_start(g), dim - group_start(g));
#pragma unroll
        for (int k = 0; k < 8; ++k) sum += v[g][k] * v[g][k];
    }
    const float scale = rsqrtf(block_sum(sum, part) / dim + eps);
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        const int i = group_start(g);
        if (i >= dim) continue;
        float w[8];
        load_group(w, weight + i, dim - i);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[g][k] *= scale * w[k];
        turn_pairs(v[g], turns, i % head_dim, head_dim);
        store_group(out + i, v[g], dim - i);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
qk_norm_rope(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ weight,
             const float* __restrict__ table, int table_batches, int dim, int head_dim, float eps) {
    norm_and_turn(out, x, weight, table, table_batches, dim, head_dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
qk_norm_rope_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
                 const float* __restrict__ table, int table_batches, int dim, int head_dim, float eps) {
    norm_and_turn(out, x, weight, table, table_batches, dim, head_dim, eps);
}
