// linear_attention: out = relu(q) S / (relu(q) z + eps) per head, with S = sum over keys of relu(k)^T v and
// z = sum over keys of relu(k). Three launches, sums in F32 and in a fixed order:
//   linear_attention_sum (_f32)      S and z of each chunk of keys
//   linear_attention_reduce          the chunks' S and z, added in the order of the chunks
//   linear_attention (_f32)          the quotient for each query
//   k, v       [batch, keys, heads, head_dim] bf16 (f32)        q, out  [batch, queries, heads, head_dim], likewise
//   partial    [chunks, batch * heads, head_dim + 1, head_dim] f32, the last row is z; chunks = ceil(keys / chunk)
//   sums       as one chunk of partial
//   launch     side = head_dim rounded up to 4; shared bytes must be allowed for the kernel if above 48 KB
//              sum: grid = (chunks, heads, batch), block = 64 if head_dim <= 32, else 256; shared = 256 * side
//              reduce: grid = ceil(count / 256), block = 256, shared = 0; count = batch * heads * head_dim * (head_dim + 1)
//              quotient: grid = (ceil(queries / 32), heads, batch), block = 64 if head_dim <= 32, else 256;
//              shared = 4 * side * (side + 33)
//              head_dim <= 128; 16-byte accesses if head_dim % 8 == 0 and pointers are 16-byte aligned
//   bound      memory: 4 * batch * (queries + keys) * heads * head_dim bytes, and 8 * chunks * batch * heads * head_dim *
//              (head_dim + 1) of partial sums
//   source     efficientvit models/nn/ops.py LiteMLA
//@ linear_attention_sum*: partial[grid.x * grid.y * grid.z * head_dim * (head_dim + 1)]; keys >= 1; chunk >= 1
//@ linear_attention_sum*: k[grid.z * keys * grid.y * head_dim]; v[grid.z * keys * grid.y * head_dim]
//@ linear_attention_sum*: head_dim >= 1; head_dim <= 128; grid.x == ceil(keys, chunk)
//@ linear_attention_sum*: shared == 1024 * ceil(head_dim, 4)
//@ linear_attention_sum*: block.x == 256 || block.x == 64 && head_dim <= 32
//@ linear_attention_reduce: sums[count]; partial[chunks * count]; count >= 1; chunks >= 1
//@ linear_attention_reduce: block.x == 256; grid.x == ceil(count, 256)
//@ linear_attention, linear_attention_f32: out[grid.z * queries * grid.y * head_dim]
//@ linear_attention, linear_attention_f32: q[grid.z * queries * grid.y * head_dim]
//@ linear_attention, linear_attention_f32: queries >= 1; grid.x == ceil(queries, 32); head_dim >= 1; head_dim <= 128
//@ linear_attention, linear_attention_f32: sums[grid.z * grid.y * head_dim * (head_dim + 1)]
//@ linear_attention, linear_attention_f32: shared == 16 * ceil(head_dim, 4) * (4 * ceil(head_dim, 4) + 33)
//@ linear_attention, linear_attention_f32: block.x == 256 || block.x == 64 && head_dim <= 32
#include "groups.cuh"

namespace {
constexpr int TOKENS = 32; // of a tile in shared memory
constexpr int TILES = 4;   // 4 x 4 results each, at most, of a thread

// Copies tokens [first, first + TOKENS) of one head to `to`, `side` floats each, zeros beyond `end` and head_dim.
template <class T>
DEVICE void load_tile(float* to, int side, const T* head, int token_stride, int first, int end, int head_dim, bool relu) {
    const int groups = (side + 7) / 8;
    for (int g = threadIdx.x; g < TOKENS * groups; g += blockDim.x) {
        const int token = first + g / groups, i = g % groups * 8, at = g / groups * side + i;
        float v[8];
        load_group(v, head + static_cast<size_t>(token) * token_stride + i, token < end ? head_dim - i : 0);
#pragma unroll
        for (int k = 0; k < 8; ++k) v[k] = relu ? fmaxf(v[k], 0.0f) : v[k];
        const float4 low = make_float4(v[0], v[1], v[2], v[3]), high = make_float4(v[4], v[5], v[6], v[7]);
        // Every other 128 bytes begin with the upper half, so that eight neighbouring threads meet all banks.
        const int turned = at >> 5 & 1;
        float4* const row = reinterpret_cast<float4*>(to + at);
        if (!turned || i + 4 < side) row[turned] = turned ? high : low;
        if (turned || i + 4 < side) row[!turned] = turned ? low : high;
    }
}

DEVICE void multiply_add(float4& sum, float a, const float4& b) {
    sum.x += a * b.x;
    sum.y += a * b.y;
    sum.z += a * b.z;
    sum.w += a * b.w;
}

// The first `columns` of four results; one access where all four are wanted and lie aligned.
DEVICE void store_four(float* to, const float4& v, int columns) {
    if (columns >= 4 && aligned16(to)) {
        *reinterpret_cast<float4*>(to) = v;
        return;
    }
    if (columns > 0) to[0] = v.x;
    if (columns > 1) to[1] = v.y;
    if (columns > 2) to[2] = v.z;
    if (columns > 3) to[3] = v.w;
}
DEVICE void store_four(bf16* to, const float4& v, int columns) {
    if (columns >= 4 && (reinterpret_cast<size_t>(to) & 7) == 0) {
        *reinterpret_cast<uint2*>(to) = make_uint2(ptx::pack_bf16(v.x, v.y), ptx::pack_bf16(v.z, v.w));
        return;
    }
    if (columns > 0) store(to, v.x);
    if (columns > 1) store(to + 1, v.y);
    if (columns > 2) store(to + 2, v.z);
    if (columns > 3) store(to + 3, v.w);
}

template <class T>
DEVICE void sum_keys(float* partial, const T* k, const T* v, int keys, int head_dim, int chunk) {
    SHARED_DYNAMIC(float, shared);
    const int side = (head_dim + 3) & ~3, per_row = side / 4, stride = static_cast<int>(gridDim.y) * head_dim;
    float* const k_tile = shared;
    float* const v_tile = shared + TOKENS * side;
    const size_t head = static_cast<size_t>(blockIdx.z) * keys * stride + blockIdx.y * head_dim;
    const int begin = static_cast<int>(blockIdx.x) * chunk, end = min(keys, begin + chunk);
    float4 sum[TILES][4] = {};
    float z = 0.0f;
    for (int first = begin; first < end; first += TOKENS) {
        load_tile(k_tile, side, k + head, stride, first, end, head_dim, true);
        load_tile(v_tile, side, v + head, stride, first, end, head_dim, false);
        __syncthreads();
#pragma unroll
        for (int t = 0; t < TILES; ++t) {
            const int tile = static_cast<int>(t * blockDim.x + threadIdx.x);
            if (tile >= per_row * per_row) continue;
            const float* const a = k_tile + tile / per_row * 4;
            const float* const b = v_tile + tile % per_row * 4;
            for (int token = 0; token < TOKENS; ++token) {
                const float4 x = *reinterpret_cast<const float4*>(a + token * side);
                const float4 y = *reinterpret_cast<const float4*>(b + token * side);
                multiply_add(sum[t][0], x.x, y);
                multiply_add(sum[t][1], x.y, y);
                multiply_add(sum[t][2], x.z, y);
                multiply_add(sum[t][3], x.w, y);
            }
        }
        for (int token = 0; token < TOKENS && static_cast<int>(threadIdx.x) < head_dim; ++token) {
            z += k_tile[token * side + threadIdx.x];
        }
        __syncthreads();
    }
    const size_t heads = static_cast<size_t>(gridDim.y) * gridDim.z, index = blockIdx.z * gridDim.y + blockIdx.y;
    partial += (blockIdx.x * heads + index) * head_dim * (head_dim + 1);
#pragma unroll
    for (int t = 0; t < TILES; ++t) {
        const int tile = static_cast<int>(t * blockDim.x + threadIdx.x);
        if (tile >= per_row * per_row) continue;
        const int column = tile % per_row * 4;
#pragma unroll
        for (int r = 0; r < 4; ++r) {
            const int row = tile / per_row * 4 + r;
            if (row < head_dim) store_four(partial + row * head_dim + column, sum[t][r], head_dim - column);
        }
    }
    if (static_cast<int>(threadIdx.x) < head_dim) partial[head_dim * head_dim + threadIdx.x] = z;
}

DEVICE float dot(const float4& a, const float4& b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }

template <class T>
DEVICE void divide_queries(T* out, const T* q, const float* sums, int queries, int head_dim, float eps) {
    SHARED_DYNAMIC(float, shared);
    const int side = (head_dim + 3) & ~3, per_row = side / 4, stride = static_cast<int>(gridDim.y) * head_dim;
    float* const products = shared;
    float* const z = products + side * side;
    float* const q_tile = z + side;
    const size_t head = static_cast<size_t>(blockIdx.z) * queries * stride + blockIdx.y * head_dim;
    const int first = static_cast<int>(blockIdx.x) * TOKENS;
    sums += static_cast<size_t>(blockIdx.z * gridDim.y + blockIdx.y) * head_dim * (head_dim + 1);
    for (int i = threadIdx.x; i < side * (side + 1); i += blockDim.x) { // z is the row behind the products
        const int row = i / side, column = i % side;
        const bool inside = column < head_dim && (row < head_dim || row == side);
        products[i] = inside ? sums[min(row, head_dim) * head_dim + column] : 0.0f;
    }
    load_tile(q_tile, side, q + head, stride, first, queries, head_dim, true);
    __syncthreads();
    // A tile is four queries by four columns.
    for (int tile = threadIdx.x; tile < TOKENS / 4 * per_row; tile += blockDim.x) {
        const int row = tile / per_row * 4, column = tile % per_row * 4;
        float4 sum[4] = {};
        float divisor[4] = {};
        for (int i = 0; i < side; i += 4) {
            float4 b[4];
#pragma unroll
            for (int r = 0; r < 4; ++r) b[r] = *reinterpret_cast<const float4*>(products + (i + r) * side + column);
            const float4 weights = *reinterpret_cast<const float4*>(z + i);
#pragma unroll
            for (int r = 0; r < 4; ++r) {
                const float4 a = *reinterpret_cast<const float4*>(q_tile + (row + r) * side + i);
                multiply_add(sum[r], a.x, b[0]);
                multiply_add(sum[r], a.y, b[1]);
                multiply_add(sum[r], a.z, b[2]);
                multiply_add(sum[r], a.w, b[3]);
                divisor[r] += dot(a, weights);
            }
        }
#pragma unroll
        for (int r = 0; r < 4; ++r) {
            if (first + row + r >= queries) continue;
            const float d = divisor[r] + eps;
            const float4 quotient = make_float4(sum[r].x / d, sum[r].y / d, sum[r].z / d, sum[r].w / d);
            store_four(out + head + static_cast<size_t>(first + row + r) * stride + column, quotient, head_dim - column);
        }
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
linear_attention_sum(float* __restrict__ partial, const bf16* __restrict__ k, const bf16* __restrict__ v, int keys,
                     int head_dim, int chunk) {
    sum_keys(partial, k, v, keys, head_dim, chunk);
}

extern "C" __global__ void __launch_bounds__(256)
linear_attention_sum_f32(float* __restrict__ partial, const float* __restrict__ k, const float* __restrict__ v, int keys,
                         int head_dim, int chunk) {
    sum_keys(partial, k, v, keys, head_dim, chunk);
}

extern "C" __global__ void __launch_bounds__(256)
linear_attention_reduce(float* __restrict__ sums, const float* __restrict__ partial, int count, int chunks) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= count) return;
    float sum = 0.0f;
    for (int chunk = 0; chunk < chunks; ++chunk) sum += partial[static_cast<size_t>(chunk) * count + i];
    sums[i] = sum;
}

extern "C" __global__ void __launch_bounds__(256)
linear_attention(bf16* __restrict__ out, const bf16* __restrict__ q, const float* __restrict__ sums, int queries,
                 int head_dim, float eps) {
    divide_queries(out, q, sums, queries, head_dim, eps);
}

extern "C" __global__ void __launch_bounds__(256)
linear_attention_f32(float* __restrict__ out, const float* __restrict__ q, const float* __restrict__ sums, int queries,
                     int head_dim, float eps) {
    divide_queries(out, q, sums, queries, head_dim, eps);
}
