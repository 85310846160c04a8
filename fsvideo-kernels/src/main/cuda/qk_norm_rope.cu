// qk_norm_rope: queries and keys of self-attention: RMS norm over the full width, times weight, then rope per head.
//   q_out, k_out        [batch, tokens, heads, head_dim] bf16 (qk_norm_rope_f32: f32); dim = heads * head_dim
//   q, k                as q_out, but tokens lie `stride` elements apart (stride = dim if dense, 3 dim inside a QKV product)
//   q_weight, k_weight  [dim] f32
//   table               [table_batches, tokens, head_dim / 2, 2] f32 for frames, height and width in turn, cosine then
//                       sine; table_batches = 1 or batch
//   launch              grid = (tokens, batch, 2), the last counts q and k (1: only q; k may then be null), block = a
//                       multiple of 32 with 32 * block >= dim, at most 256, shared = 0; dim <= 8192, head_dim even;
//                       16-byte accesses if head_dim % 8 == 0, stride % 8 == 0 and pointers are 16-byte aligned
//   bound               memory: 8 * batch * tokens * dim bytes, and 8 * tokens * head_dim of the table; a row stays in
//                       registers between norm and rope, the sum is f32
//   source              Wan2.1 wan/modules/model.py WanSelfAttention
//@ q_out[grid.x * grid.y * dim]; k_out[grid.x * grid.y * dim] or null; q_weight[dim]; k_weight[dim] or null
//@ q[(grid.x * grid.y - 1) * stride + dim]; k[(grid.x * grid.y - 1) * stride + dim] or null
//@ table[table_batches * grid.x * head_dim]; grid.z <= 2; grid.z == 1 || k_out != null && k != null && k_weight != null
//@ block.x % 32 == 0; dim >= 2; dim <= 8192; 32 * block.x >= dim; head_dim >= 2; head_dim % 2 == 0; dim % head_dim == 0
//@ stride >= dim; table_batches == 1 || table_batches == grid.y
#include "rope.cuh"

namespace {
constexpr int GROUPS = 4; // a thread holds up to GROUPS times eight values

template <class T>
DEVICE void norm_and_turn(T* out, const T* x, const float* weight, const float* table, int table_batches, int dim,
                          int head_dim, int stride, float eps) {
    SHARED_ARRAY(float, part, 32);
    const size_t token = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
    const float* turns = table + (table_batches == 1 ? blockIdx.x : token) * head_dim;
    x += token * stride;
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
qk_norm_rope(bf16* __restrict__ q_out, bf16* __restrict__ k_out, const bf16* __restrict__ q, const bf16* __restrict__ k,
             const float* __restrict__ q_weight, const float* __restrict__ k_weight, const float* __restrict__ table,
             int table_batches, int dim, int head_dim, int stride, float eps) {
    const bool keys = blockIdx.z;
    norm_and_turn(keys ? k_out : q_out, keys ? k : q, keys ? k_weight : q_weight, table, table_batches, dim, head_dim,
                  stride, eps);
}

extern "C" __global__ void __launch_bounds__(256)
qk_norm_rope_f32(float* __restrict__ q_out, float* __restrict__ k_out, const float* __restrict__ q,
                 const float* __restrict__ k, const float* __restrict__ q_weight, const float* __restrict__ k_weight,
                 const float* __restrict__ table, int table_batches, int dim, int head_dim, int stride, float eps) {
    const bool keys = blockIdx.z;
    norm_and_turn(keys ? k_out : q_out, keys ? k : q, keys ? k_weight : q_weight, table, table_batches, dim, head_dim,
                  stride, eps);
}
