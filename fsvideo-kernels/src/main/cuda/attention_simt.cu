// attention_simt: out = softmax(scale q k^T + bias) v for each sample and head in F32 arithmetic, any head size up to 512:
// attention_simt, attention_simt_f32.
//   out, q        [batch, queries, heads, head_dim] f32 or bf16
//   k, v          [batch, key_rows, heads, head_dim], likewise; the first `keys` of key_rows are attended, the others
//                 never read; keys >= 1
//   bias          [heads, queries, key_rows] f32 or null
//   launch        grid = (ceil(queries / 16), heads, batch), block = 256, shared = 4 * (16 * (side + 33) + 32 * side) with
//                 side = head_dim rounded up to odd; it must be allowed for the kernel if above 48 KB, and is below the 99 KB
//                 that every device since sm_80 has; so keys and values of a tile share it in turns
//   bound         arithmetic on the f32 units: 4 * queries * keys * head_dim FLOP a head
//   source        torch.nn.functional.scaled_dot_product_attention; for what io.fsvideo.tensor.Ops.attention allows and
//                 attention does not take: F32, other head sizes
//@ out[grid.z * queries * heads * head_dim]; q[grid.z * queries * heads * head_dim]
//@ k[grid.z * key_rows * heads * head_dim]; v[grid.z * key_rows * heads * head_dim]
//@ bias[heads * queries * key_rows] or null; queries >= 1; keys >= 1; key_rows >= keys; heads >= 1; head_dim >= 1
//@ head_dim <= 512; block.x == 256; grid.x == ceil(queries, 16); grid.y == heads
//@ shared == 4 * (16 * (head_dim / 2 * 2 + 34) + 32 * (head_dim / 2 * 2 + 1))
#include "common.cuh"

namespace {
constexpr int QUERIES = 16, KEYS = 32, LANES = 16; // of a tile; the lanes that share a query
constexpr int COLUMNS = 512 / LANES;
constexpr float MINUS_INFINITY = -__builtin_huge_valf();

struct Sizes { int queries, keys, key_rows, heads, head_dim; };

// Rows [first, first + count) of this block's head as F32, `side` apart, zeros from `rows` on.
template <class T>
DEVICE void load_rows(float* to, const T* x, const Sizes& s, int side, int tokens, int first, int count, int rows) {
    for (int i = threadIdx.x; i < count * s.head_dim; i += blockDim.x) {
        const int row = i / s.head_dim, column = i - row * s.head_dim, token = first + row;
        const size_t at = ((static_cast<size_t>(blockIdx.z) * tokens + token) * s.heads + blockIdx.y) * s.head_dim;
        to[row * side + column] = token < rows ? to_float(x[at + column]) : 0.0f;
    }
}
DEVICE float lanes_max(float v) {
#pragma unroll
    for (int bit = LANES / 2; bit; bit >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, bit));
    return v;
}
DEVICE float lanes_sum(float v) {
#pragma unroll
    for (int bit = LANES / 2; bit; bit >>= 1) v += __shfl_xor_sync(0xffffffffu, v, bit);
    return v;
}

template <class T>
DEVICE void attend(T* out, const T* q, const T* k, const T* v, const float* bias, const Sizes& s, float scale) {
    SHARED_DYNAMIC(float, shared);
    const int side = s.head_dim | 1, lane = threadIdx.x % LANES, row = threadIdx.x / LANES;
    float* const q_tile = shared;
    float* const tile = q_tile + QUERIES * side; // keys, then values
    float* const weights = tile + KEYS * side + row * (KEYS + 1);
    const int q0 = static_cast<int>(blockIdx.x) * QUERIES, query = q0 + row;
    const bool biased = bias && query < s.queries;
    const float* const biases = bias + (static_cast<size_t>(blockIdx.y) * s.queries + query) * s.key_rows;
    load_rows(q_tile, q, s, side, s.queries, q0, QUERIES, s.queries);
    float sums[COLUMNS] = {}, total = 0.0f, largest = MINUS_INFINITY;
    for (int k0 = 0; k0 < s.keys; k0 += KEYS) {
        load_rows(tile, k, s, side, s.key_rows, k0, KEYS, s.keys);
        __syncthreads();
        float score[KEYS / LANES], most = largest, part = 0.0f;
#pragma unroll
        for (int j = 0; j < KEYS / LANES; ++j) {
            const int key = lane + j * LANES;
            float dot = 0.0f;
            for (int i = 0; i < s.head_dim; ++i) dot += q_tile[row * side + i] * tile[key * side + i];
            dot *= scale;
            if (biased && k0 + key < s.keys) dot += biases[k0 + key];
            score[j] = k0 + key < s.keys ? dot : MINUS_INFINITY;
            most = fmaxf(most, score[j]);
        }
        most = lanes_max(most);
        const float shrink = expf(largest - most);
        largest = most;
#pragma unroll
        for (int j = 0; j < KEYS / LANES; ++j) {
            const float weight = expf(score[j] - most);
            weights[lane + j * LANES] = weight;
            part += weight;
        }
        total = total * shrink + lanes_sum(part);
        __syncthreads(); // all have read the keys
        load_rows(tile, v, s, side, s.key_rows, k0, KEYS, s.keys);
        __syncthreads();
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c) {
            const int column = lane + c * LANES;
            if (column >= s.head_dim) continue;
            float sum = 0.0f; // of a tile by itself: a running sum of thousands of equal rows would drift
#pragma unroll 8
            for (int key = 0; key < KEYS; ++key) sum += weights[key] * tile[key * side + column];
            sums[c] = sums[c] * shrink + sum;
        }
        __syncthreads(); // the tile is loaded again in the next round
    }
    if (query >= s.queries) return;
    T* const to = out + ((static_cast<size_t>(blockIdx.z) * s.queries + query) * s.heads + blockIdx.y) * s.head_dim;
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) {
        const int column = lane + c * LANES;
        if (column < s.head_dim) store(to + column, sums[c] / total);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256, 3)
attention_simt_f32(float* __restrict__ out, const float* __restrict__ q, const float* __restrict__ k,
                   const float* __restrict__ v, const float* __restrict__ bias, int queries, int keys, int key_rows,
                   int heads, int head_dim, float scale) {
    attend(out, q, k, v, bias, {queries, keys, key_rows, heads, head_dim}, scale);
}

extern "C" __global__ void __launch_bounds__(256, 3)
attention_simt(bf16* __restrict__ out, const bf16* __restrict__ q, const bf16* __restrict__ k,
                    const bf16* __restrict__ v, const float* __restrict__ bias, int queries, int keys, int key_rows,
                    int heads, int head_dim, float scale) {
    attend(out, q, k, v, bias, {queries, keys, key_rows, heads, head_dim}, scale);
}
