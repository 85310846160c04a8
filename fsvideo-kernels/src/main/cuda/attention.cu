// attention: out = softmax(scale q k^T + bias) v for each sample and head; softmax and sums in f32.
//   out, q        [batch, queries, heads, D] bf16    k, v  [batch, keys, heads, D] bf16      D = 64, 80, 128
//   key_lengths   [batch] valid keys of each sample, or null for all; values behind them must be finite
//   bias          attention_sm80_*: [heads, queries, bias_columns] f32 or null; bias == null || bias_columns >= keys
//   scale_log2    scale * log2(e)
//   maps          {D, heads, tokens, batch} box {64, 1, 128, 1}, swizzle 128 bytes; pointers 16-byte aligned
//   launch        attention_D: grid = (query blocks of 128, heads, batch), block = 384, shared = 163912 (D = 64: 81992)
//                 attention_sm80_D: grid = (query blocks of 64, heads, batch), block = 128, shared = 0
//   pipeline      attention_D: TMA producer warp, two consumer warpgroups of 64 queries, blocks of 128 keys in two
//                 stages; q k^T of the next block runs under the softmax of the current one; probabilities stay in registers;
//                 168 registers (ptxas), no spills, 24 in the producer's warps and 240 in the consumers' by setmaxnreg
//   bound         arithmetic: 4 * queries * keys * D FLOP a head. Predicted, not measured: 7,440 tokens, 40 heads of 128:
//                 1.13 TFLOP, limit 1.44 ms at 788 TFLOP/s, ~2.2 ms; 1,860 tokens: 0.09 ms and ~0.16 ms (PREDICTIONS.md)
//   source        FlashAttention-3 (arXiv 2407.08608), the schedule within a warpgroup; written anew
//@ queries >= 1; keys >= 1; heads >= 1; key_lengths[grid.z] or null; grid.y == heads
//@ attention_64, attention_80, attention_128: block.x == 384; grid.x == ceil(queries, 128)
//@ attention_64: out[grid.z * queries * heads * 64] align 16; shared == 81992
//@ attention_80: out[grid.z * queries * heads * 80] align 16; shared == 163912
//@ attention_128: out[grid.z * queries * heads * 128] align 16; shared == 163912
//@ attention_sm80_*: block.x == 128; grid.x == ceil(queries, 64); bias == null || bias_columns >= keys
//@ attention_sm80_*: bias[heads * queries * bias_columns] or null
//@ attention_sm80_64: out[grid.z * queries * heads * 64] align 16; q[grid.z * queries * heads * 64] align 16
//@ attention_sm80_64: k[grid.z * keys * heads * 64] align 16; v[grid.z * keys * heads * 64] align 16
//@ attention_sm80_80: out[grid.z * queries * heads * 80] align 16; q[grid.z * queries * heads * 80] align 16
//@ attention_sm80_80: k[grid.z * keys * heads * 80] align 16; v[grid.z * keys * heads * 80] align 16
//@ attention_sm80_128: out[grid.z * queries * heads * 128] align 16; q[grid.z * queries * heads * 128] align 16
//@ attention_sm80_128: k[grid.z * keys * heads * 128] align 16; v[grid.z * keys * heads * 128] align 16
#include "common.cuh"

namespace {
constexpr float MINUS_INFINITY = -__builtin_huge_valf();

struct Shape { int queries, keys, heads; };

DEVICE int valid_keys(const int* lengths, const Shape& s) {
    return lengths ? max(0, min(lengths[blockIdx.z], s.keys)) : s.keys;
}
DEVICE size_t row_of(const Shape& s, int query) {
    return (static_cast<size_t>(blockIdx.z) * s.queries + query) * s.heads + blockIdx.y;
}

// Running softmax over the scores of a thread's two rows, fragment layout of m64nN and m16n8: registers 4j + 2r + e hold
// row r, column 8j + 2 (lane % 4) + e. The four lanes of a row agree on its maximum; sums stay per lane until the end.
struct Softmax {
    float largest[2] = {MINUS_INFINITY, MINUS_INFINITY}, sum[2] = {0.0f, 0.0f}, shrink[2];

    template <int N> DEVICE void update(float (&s)[N], float scale) {
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            float m = largest[r];
#pragma unroll
            for (int j = r * 2; j < N; j += 4) m = fmaxf(m, fmaxf(s[j], s[j + 1]));
            m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 1));
            m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, 2));
            const float shift = m == MINUS_INFINITY ? 0.0f : m * scale; // a row may have no valid key yet
            shrink[r] = ptx::ex2(largest[r] * scale - shift);
            largest[r] = m;
            float total = 0.0f;
#pragma unroll
            for (int j = r * 2; j < N; j += 4) {
                s[j] = ptx::ex2(s[j] * scale - shift);
                s[j + 1] = ptx::ex2(s[j + 1] * scale - shift);
                total += s[j] + s[j + 1];
            }
            sum[r] = sum[r] * shrink[r] + total;
        }
    }
    template <int N> DEVICE void rescale(float (&o)[N]) const {
#pragma unroll
        for (int j = 0; j < N; ++j) o[j] *= shrink[j >> 1 & 1];
    }
    // 1 / sum of row r, or 0 for a row without keys.
    DEVICE float inverse(int r) const {
        float total = sum[r];
        total += __shfl_xor_sync(0xffffffffu, total, 1);
        total += __shfl_xor_sync(0xffffffffu, total, 2);
        return total > 0.0f ? 1.0f / total : 0.0f;
    }
};

template <int N> DEVICE void mask_keys(float (&s)[N], int left) {
    const int lane = threadIdx.x & 31;
#pragma unroll
    for (int j = 0; j < N; ++j) {
        if ((j >> 2) * 8 + (lane & 3) * 2 + (j & 1) >= left) s[j] = MINUS_INFINITY;
    }
}

template <int D, int N> DEVICE void store_rows(bf16* out, const Shape& s, int first, const float (&o)[N], const Softmax& x) {
    const int lane = threadIdx.x & 31;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        const float inverse = x.inverse(r);
        const int query = first + (lane >> 2) + r * 8;
        if (query >= s.queries) continue;
        uint32_t* to = reinterpret_cast<uint32_t*>(out + row_of(s, query) * D + (lane & 3) * 2);
#pragma unroll
        for (int j = 0; j < D / 8; ++j) to[j * 4] = ptx::pack_bf16(o[j * 4 + r * 2] * inverse, o[j * 4 + r * 2 + 1] * inverse);
    }
}

#if HAS_SM90
constexpr int BLOCK = 128, STAGES = 2, PANEL = BLOCK * 64 * 2; // a panel: 128 rows of 64 columns, swizzled
constexpr int CONSUMER_WARPS = 8;

template <int D> struct Layout {
    static constexpr int PANELS = (D + 63) / 64, BYTES = PANELS * PANEL, OUT = D == 80 ? 96 : D; // columns of P V
    uint32_t base;
    DEVICE uint32_t q() const { return base; }
    DEVICE uint32_t k(int i) const { return base + BYTES + i % STAGES * 2 * BYTES; }
    DEVICE uint32_t v(int i) const { return k(i) + BYTES; }
    DEVICE uint32_t barrier(int n) const { return base + BYTES + STAGES * 2 * BYTES + n * 8; }
    DEVICE uint32_t q_full() const { return barrier(0); }
    DEVICE uint32_t k_full(int i) const { return barrier(1 + i % STAGES); }
    DEVICE uint32_t k_empty(int i) const { return barrier(1 + STAGES + i % STAGES); }
    DEVICE uint32_t v_full(int i) const { return barrier(1 + 2 * STAGES + i % STAGES); }
    DEVICE uint32_t v_empty(int i) const { return barrier(1 + 3 * STAGES + i % STAGES); }
    DEVICE int phase(int i) const { return i / STAGES & 1; }
};

template <int D> DEVICE void load_block(uint32_t to, const CUtensorMap* map, uint32_t barrier, int token) {
    ptx::mbar_arrive_expect_tx(barrier, Layout<D>::BYTES);
#pragma unroll
    for (int c = 0; c < Layout<D>::PANELS; ++c) {
        ptx::tma_load(to + c * PANEL, map, barrier, c * 64, blockIdx.y, token, blockIdx.z);
    }
}

template <int D>
DEVICE void produce(const CUtensorMap* q, const CUtensorMap* k, const CUtensorMap* v, const Layout<D>& at, int blocks) {
    load_block<D>(at.q(), q, at.q_full(), blockIdx.x * BLOCK);
    for (int i = 0; i < blocks; ++i) {
        ptx::mbar_wait(at.k_empty(i), at.phase(i) ^ 1);
        load_block<D>(at.k(i), k, at.k_full(i), i * BLOCK);
        ptx::mbar_wait(at.v_empty(i), at.phase(i) ^ 1);
        load_block<D>(at.v(i), v, at.v_full(i), i * BLOCK);
    }
}

template <int D> DEVICE void consume(bf16* out, const Layout<D>& at, const Shape& s, int keys, float scale, int group) {
    const bool leader = (threadIdx.x & 31) == 0;
    const int blocks = (keys + BLOCK - 1) / BLOCK;
    float o[Layout<D>::OUT / 2], scores[64];
    uint32_t p[8][4];
    Softmax softmax;
#pragma unroll
    for (float& value : o) value = 0.0f;
    auto multiply_qk = [&](int i) {
        ptx::wgmma_fence();
#pragma unroll
        for (int kk = 0; kk < D / 16; ++kk) {
            const uint32_t column = (kk >> 2) * PANEL + (kk & 3) * 32;
            ptx::wgmma_ss<0, 0>(scores, ptx::desc(at.q() + group * 64 * 128 + column, 16, 1024, 1),
                                ptx::desc(at.k(i) + column, 16, 1024, 1), kk > 0);
        }
        ptx::wgmma_commit();
    };
    auto multiply_pv = [&](int i) {
        ptx::wgmma_fence();
#pragma unroll
        for (int kk = 0; kk < 8; ++kk) ptx::wgmma_rs<1>(o, p[kk], ptx::desc(at.v(i) + kk * 16 * 128, PANEL, 1024, 1), 1);
        ptx::wgmma_commit();
    };
    auto take_scores = [&](int i) {
        if (keys - i * BLOCK < BLOCK) mask_keys(scores, keys - i * BLOCK);
        softmax.update(scores, scale);
    };
    auto pack = [&] {
#pragma unroll
        for (int kk = 0; kk < 8; ++kk) {
#pragma unroll
            for (int a = 0; a < 4; ++a) p[kk][a] = ptx::pack_bf16(scores[kk * 8 + a * 2], scores[kk * 8 + a * 2 + 1]);
        }
    };
    ptx::mbar_wait(at.q_full(), 0);
    ptx::mbar_wait(at.k_full(0), 0);
    multiply_qk(0);
    ptx::wgmma_wait<0>();
    if (leader) ptx::mbar_arrive(at.k_empty(0));
    take_scores(0);
    pack();
    for (int i = 1; i < blocks; ++i) {
        ptx::mbar_wait(at.k_full(i), at.phase(i));
        multiply_qk(i);
        ptx::mbar_wait(at.v_full(i - 1), at.phase(i - 1));
        multiply_pv(i - 1);
        ptx::wgmma_wait<1>();
        if (leader) ptx::mbar_arrive(at.k_empty(i));
        take_scores(i);
        ptx::wgmma_wait<0>();
        if (leader) ptx::mbar_arrive(at.v_empty(i - 1));
        pack();
        softmax.rescale(o);
    }
    ptx::mbar_wait(at.v_full(blocks - 1), at.phase(blocks - 1));
    multiply_pv(blocks - 1);
    ptx::wgmma_wait<0>();
    store_rows<D>(out, s, blockIdx.x * BLOCK + group * 64 + (threadIdx.x >> 5 & 3) * 16, o, softmax);
}

template <int D>
DEVICE void attend(bf16* out, const CUtensorMap* q, const CUtensorMap* k, const CUtensorMap* v, const int* key_lengths,
                   const Shape& s, float scale) {
    SHARED_DYNAMIC(unsigned char, raw);
    const Layout<D> at{ptx::smem(raw)};
    const int keys = valid_keys(key_lengths, s), group = threadIdx.x >> 7;
    if (threadIdx.x == 0) {
        for (int n = 0; n < 1 + 4 * STAGES; ++n) {
            const bool empty = n > 0 && (n - 1) / STAGES % 2 == 1;
            ptx::mbar_init(at.barrier(n), empty ? CONSUMER_WARPS : 1);
        }
        ptx::mbar_init_fence();
    }
    __syncthreads();
    if (group == 0) {
        ptx::regs_dec<24>();
        if (threadIdx.x == 0 && keys > 0) produce<D>(q, k, v, at, (keys + BLOCK - 1) / BLOCK);
        return;
    }
    ptx::regs_inc<240>();
    if (keys > 0) {
        consume<D>(out, at, s, keys, scale, group - 1);
        return;
    }
    const float zeros[D / 2] = {};
    store_rows<D>(out, s, blockIdx.x * BLOCK + (threadIdx.x >> 5) * 16 - 64, zeros, Softmax());
}
#endif

// ---- sm_80: 4 warps of 16 queries, blocks of 64 keys, mma.sync; rows of 256 bytes, 16-byte columns XORed -----------
constexpr int ROWS = 64, ROW_BYTES = 256;
DEVICE uint32_t place(int row, int column16) { return row * ROW_BYTES + ((column16 ^ (row & 7)) << 4); }

template <int D> DEVICE void load_rows(uint32_t to, const bf16* from, int first, int rows, const Shape& s) {
    for (int id = threadIdx.x; id < ROWS * (D / 8); id += 128) {
        const int r = id / (D / 8), c = id % (D / 8), row = first + r;
        const size_t token = (static_cast<size_t>(blockIdx.z) * rows + (row < rows ? row : 0)) * s.heads + blockIdx.y;
        ptx::cp_async16(to + place(r, c), from + token * D + c * 8, row < rows ? 16 : 0);
    }
}

template <int D>
DEVICE void attend_sm80(bf16* out, const bf16* q, const bf16* k, const bf16* v, const int* key_lengths, const float* bias,
                        int bias_columns, const Shape& s, float scale) {
    SHARED_ARRAY(unsigned char, tile, 2 * ROWS * ROW_BYTES);
    const uint32_t sk = ptx::smem(tile), sv = sk + ROWS * ROW_BYTES;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, q0 = blockIdx.x * ROWS, keys = valid_keys(key_lengths, s);
    uint32_t fq[D / 16][4];
    load_rows<D>(sk, q, q0, s.queries, s);
    ptx::cp_async_commit();
    ptx::cp_async_wait<0>();
    __syncthreads();
#pragma unroll
    for (int kk = 0; kk < D / 16; ++kk) ptx::ldmatrix_x4(fq[kk], sk + place(warp * 16 + (lane & 15), kk * 2 + (lane >> 4)));
    __syncthreads();
    float o[D / 2] = {};
    Softmax softmax;
    for (int k0 = 0; k0 < keys; k0 += ROWS) {
        load_rows<D>(sk, k, k0, s.keys, s);
        load_rows<D>(sv, v, k0, s.keys, s);
        ptx::cp_async_commit();
        ptx::cp_async_wait<0>();
        __syncthreads();
        float scores[32] = {};
#pragma unroll
        for (int kk = 0; kk < D / 16; ++kk) {
#pragma unroll
            for (int n = 0; n < 4; ++n) {
                uint32_t fk[4];
                ptx::ldmatrix_x4(fk, sk + place(n * 16 + (lane & 7) + (lane >> 4) * 8, kk * 2 + (lane >> 3 & 1)));
                ptx::mma_bf16(reinterpret_cast<float(&)[4]>(scores[n * 8]), fq[kk], {fk[0], fk[1]});
                ptx::mma_bf16(reinterpret_cast<float(&)[4]>(scores[n * 8 + 4]), fq[kk], {fk[2], fk[3]});
            }
        }
        if (bias) {
#pragma unroll
            for (int j = 0; j < 32; ++j) {
                const int query = q0 + warp * 16 + (lane >> 2) + (j & 2) * 4, key = k0 + (j >> 2) * 8 + (lane & 3) * 2 + (j & 1);
                const bool inside = query < s.queries && key < keys;
                const size_t at = (static_cast<size_t>(blockIdx.y) * s.queries + query) * bias_columns + key;
                scores[j] = scores[j] * scale + (inside ? bias[at] * 1.4426950408889634f : 0.0f);
            }
        }
        if (keys - k0 < ROWS) mask_keys(scores, keys - k0);
        softmax.update(scores, bias ? 1.0f : scale);
        softmax.rescale(o);
#pragma unroll
        for (int kk = 0; kk < 4; ++kk) {
            uint32_t fp[4];
#pragma unroll
            for (int a = 0; a < 4; ++a) fp[a] = ptx::pack_bf16(scores[kk * 8 + a * 2], scores[kk * 8 + a * 2 + 1]);
#pragma unroll
            for (int n = 0; n < D / 16; ++n) {
                uint32_t fv[4];
                ptx::ldmatrix_x4_trans(fv, sv + place(kk * 16 + (lane & 15), n * 2 + (lane >> 4)));
                ptx::mma_bf16(reinterpret_cast<float(&)[4]>(o[n * 8]), fp, {fv[0], fv[1]});
                ptx::mma_bf16(reinterpret_cast<float(&)[4]>(o[n * 8 + 4]), fp, {fv[2], fv[3]});
            }
        }
        __syncthreads(); // the tile is loaded again in the next round
    }
    store_rows<D>(out, s, q0 + warp * 16, o, softmax);
}
} // namespace

#if HAS_SM90
extern "C" __global__ void __launch_bounds__(384, 1)
attention_64(bf16* __restrict__ out, const __grid_constant__ CUtensorMap q, const __grid_constant__ CUtensorMap k,
             const __grid_constant__ CUtensorMap v, const int* __restrict__ key_lengths, int queries, int keys, int heads,
             float scale_log2) {
    attend<64>(out, &q, &k, &v, key_lengths, {queries, keys, heads}, scale_log2);
}

extern "C" __global__ void __launch_bounds__(384, 1)
attention_80(bf16* __restrict__ out, const __grid_constant__ CUtensorMap q, const __grid_constant__ CUtensorMap k,
             const __grid_constant__ CUtensorMap v, const int* __restrict__ key_lengths, int queries, int keys, int heads,
             float scale_log2) {
    attend<80>(out, &q, &k, &v, key_lengths, {queries, keys, heads}, scale_log2);
}

extern "C" __global__ void __launch_bounds__(384, 1)
attention_128(bf16* __restrict__ out, const __grid_constant__ CUtensorMap q, const __grid_constant__ CUtensorMap k,
              const __grid_constant__ CUtensorMap v, const int* __restrict__ key_lengths, int queries, int keys, int heads,
              float scale_log2) {
    attend<128>(out, &q, &k, &v, key_lengths, {queries, keys, heads}, scale_log2);
}

#endif

extern "C" __global__ void __launch_bounds__(128)
attention_sm80_64(bf16* __restrict__ out, const bf16* __restrict__ q, const bf16* __restrict__ k, const bf16* __restrict__ v,
                  const int* __restrict__ key_lengths, const float* __restrict__ bias, int queries, int keys, int heads,
                  int bias_columns, float scale_log2) {
    attend_sm80<64>(out, q, k, v, key_lengths, bias, bias_columns, {queries, keys, heads}, scale_log2);
}

extern "C" __global__ void __launch_bounds__(128)
attention_sm80_80(bf16* __restrict__ out, const bf16* __restrict__ q, const bf16* __restrict__ k, const bf16* __restrict__ v,
                  const int* __restrict__ key_lengths, const float* __restrict__ bias, int queries, int keys, int heads,
                  int bias_columns, float scale_log2) {
    attend_sm80<80>(out, q, k, v, key_lengths, bias, bias_columns, {queries, keys, heads}, scale_log2);
}

extern "C" __global__ void __launch_bounds__(128)
attention_sm80_128(bf16* __restrict__ out, const bf16* __restrict__ q, const bf16* __restrict__ k, const bf16* __restrict__ v,
                   const int* __restrict__ key_lengths, const float* __restrict__ bias, int queries, int keys, int heads,
                   int bias_columns, float scale_log2) {
    attend_sm80<128>(out, q, k, v, key_lengths, bias, bias_columns, {queries, keys, heads}, scale_log2);
}
