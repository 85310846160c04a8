// channel_average: mean over n consecutive channels: out[i] = (x[i n] + ... + x[i n + n - 1]) / n, dense tensors.
//   out           [count] bf16 (channel_average) or f32 (channel_average_f32); 16-byte aligned for full speed
//   x             [count n] of the same type; sums in f32
//   launch        grid = ceil(count / (256 * 8)) (f32: 256 * 4), block = 256, shared = 0
//   bound         memory: (n + 1) * count * element bytes; n = 2, 4, 8 read whole 16-byte groups
//   source        io.fsvideo.tensor.Ops.channelAverage; DC-AE's shortcut of a downsampling block
//@ out[count]; x[count * n]; block.x == 256; n >= 1; count >= 1
//@ channel_average: grid.x == ceil(count, 2048)
//@ channel_average_f32: grid.x == ceil(count, 1024)
#include "elements.cuh"

namespace {
// The values of N outputs lie in GROUPS neighbouring groups of x; value j of them belongs to output j / GROUPS.
template <int GROUPS, class T, int N> DEVICE void fixed(float (&mean)[N], const T* x, long long values) {
#pragma unroll
    for (int g = 0; g < GROUPS; ++g) {
        float v[N];
        load_group(v, x + g * N, clamp_to(values - g * N, N));
#pragma unroll
        for (int k = 0; k < N; ++k) {
            const int j = g * N + k;
            mean[j / GROUPS] = j % GROUPS == 0 ? v[k] : mean[j / GROUPS] + v[k];
        }
    }
#pragma unroll
    for (int k = 0; k < N; ++k) mean[k] *= 1.0f / GROUPS;
}
template <class T, int N> DEVICE void any(float (&mean)[N], const T* x, int n, int valid) {
    const float inverse = 1.0f / static_cast<float>(n);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        if (i >= valid) break;
        float sum = 0.0f;
        for (int j = 0; j < n; j += N) {
            float v[N];
            load_group(v, x + static_cast<long long>(i) * n + j, n - j);
#pragma unroll
            for (int k = 0; k < N; ++k) sum += v[k];
        }
        mean[i] = sum * inverse;
    }
}
template <class T> DEVICE void average(T* out, const T* x, int n, long long count) {
    constexpr int N = GROUP<T>;
    const long long first = thread_index() * N;
    if (first >= count) return;
    const int valid = clamp_to(count - first, N);
    const long long values = (count - first) * n;
    float mean[N];
    x += first * n;
    if (n == 2) fixed<2>(mean, x, values);
    else if (n == 4) fixed<4>(mean, x, values);
    else if (n == 8) fixed<8>(mean, x, values);
    else any(mean, x, n, valid);
    store_group(out + first, mean, valid);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
channel_average(bf16* __restrict__ out, const bf16* __restrict__ x, int n, long long count) {
    average(out, x, n, count);
}
extern "C" __global__ void __launch_bounds__(256)
channel_average_f32(float* __restrict__ out, const float* __restrict__ x, int n, long long count) {
    average(out, x, n, count);
}
