// channel_duplicate: every channel n times: out[j] = x[j / n], dense tensors.
//   out           [count] bf16 (channel_duplicate) or f32 (channel_duplicate_f32); 16-byte aligned for full speed
//   x             [count / n] of the same type; n >= 1
//   launch        grid = ceil(count / (256 * 8)) (f32: 256 * 4), block = 256, shared = 0
//   bound         memory: (1 + 1 / n) * count * element bytes
//   source        io.fsvideo.tensor.Ops.channelDuplicate; DC-AE's shortcut of an upsampling block
//@ out[count]; x[count / n]; block.x == 256; n >= 1; count >= 1; count % n == 0
//@ channel_duplicate: grid.x == ceil(count, 2048)
//@ channel_duplicate_f32: grid.x == ceil(count, 1024)
#include "elements.cuh"

namespace {
template <class T> DEVICE void duplicate(T* out, const T* x, int n, long long count) {
    constexpr int N = GROUP<T>;
    const long long first = thread_index() * N;
    if (first >= count) return;
    const int valid = clamp_to(count - first, N);
    const Split place = split(first, n);
    const T* from = x + place.quotient;
    int used = static_cast<int>(place.remainder);
    float v[N];
#pragma unroll
    for (int k = 0; k < N; ++k) {
        if (k < valid) v[k] = to_float(*from);
        if (++used == n) {
            used = 0;
            ++from;
        }
    }
    store_group(out + first, v, valid);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
channel_duplicate(bf16* __restrict__ out, const bf16* __restrict__ x, int n, long long count) {
    duplicate(out, x, n, count);
}
extern "C" __global__ void __launch_bounds__(256)
channel_duplicate_f32(float* __restrict__ out, const float* __restrict__ x, int n, long long count) {
    duplicate(out, x, n, count);
}
