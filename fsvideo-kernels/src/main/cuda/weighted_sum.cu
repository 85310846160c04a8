// weighted_sum: out = weights[0] terms[0] + weights[1] terms[1] + ..., added in this order, no fused multiply-add.
//   out, terms    [count] bf16 (weighted_sum) or f32 (weighted_sum_f32), dense; 16-byte aligned for full speed
//   terms         eight pointers by value, the first n used; weights eight floats by value; 1 <= n <= 8
//   launch        grid = ceil(count / (256 * 8)) (f32: 256 * 4), block = 256, shared = 0
//   bound         memory: (n + 1) * count * element bytes
//   source        io.fsvideo.tensor.Ops.weightedSum; one step of a flow sampler is such a sum
//@ out[count]; block.x == 256; n >= 1; n <= 8; count >= 1
//@ weighted_sum: terms{n}[count] of 2; grid.x == ceil(count, 2048)
//@ weighted_sum_f32: terms{n}[count] of 4; grid.x == ceil(count, 1024)
#include "elements.cuh"

namespace {
template <class T> DEVICE void sum(T* out, const Pointer8& terms, const Float8& weights, int n, long long count) {
    constexpr int N = GROUP<T>;
    const long long first = thread_index() * N;
    if (first >= count) return;
    const int valid = clamp_to(count - first, N);
    float total[N], x[N];
    load_group(total, static_cast<const T*>(terms.v[0]) + first, valid);
#pragma unroll
    for (int k = 0; k < N; ++k) total[k] = __fmul_rn(weights.v[0], total[k]);
#pragma unroll
    for (int term = 1; term < 8; ++term) {
        if (term >= n) break;
        load_group(x, static_cast<const T*>(terms.v[term]) + first, valid);
#pragma unroll
        for (int k = 0; k < N; ++k) total[k] = __fadd_rn(total[k], __fmul_rn(weights.v[term], x[k]));
    }
    store_group(out + first, total, valid);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
weighted_sum(bf16* __restrict__ out, const __grid_constant__ Pointer8 terms, const __grid_constant__ Float8 weights,
             int n, long long count) {
    sum(out, terms, weights, n, count);
}
extern "C" __global__ void __launch_bounds__(256)
weighted_sum_f32(float* __restrict__ out, const __grid_constant__ Pointer8 terms,
                 const __grid_constant__ Float8 weights, int n, long long count) {
    sum(out, terms, weights, n, count);
}
