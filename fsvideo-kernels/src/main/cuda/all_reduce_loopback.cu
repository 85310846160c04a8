// all_reduce_loopback: every buffer becomes the sum of all, added in rank order: several ranks on one device.
//   buffers       eight pointers by value, the first `ranks` used, none overlapping; each [count] bf16
//                 (all_reduce_loopback) or f32 (all_reduce_loopback_f32), dense; 16-byte aligned for full speed
//   ranks         1 to 8; sums in f32, rounded once
//   launch        grid = ceil(count / (256 * 8)) (f32: 256 * 4), block = 256, shared = 0
//   bound         memory: 2 * ranks * count * element bytes
//   source        io.fsvideo.tensor.Comm.allReduceSum
//@ block.x == 256; ranks >= 1; ranks <= 8; count >= 1
//@ all_reduce_loopback: buffers{ranks}[count] of 2; grid.x == ceil(count, 2048)
//@ all_reduce_loopback_f32: buffers{ranks}[count] of 4; grid.x == ceil(count, 1024)
#include "elements.cuh"

namespace {
template <class T> DEVICE void reduce(const Pointer8& buffers, int ranks, long long count) {
    constexpr int N = GROUP<T>;
    const long long first = thread_index() * N;
    if (first >= count) return;
    const int valid = clamp_to(count - first, N);
    float total[N], x[N];
    load_group(total, static_cast<const T*>(buffers.v[0]) + first, valid);
#pragma unroll
    for (int rank = 1; rank < 8; ++rank) {
        if (rank >= ranks) break;
        load_group(x, static_cast<const T*>(buffers.v[rank]) + first, valid);
#pragma unroll
        for (int k = 0; k < N; ++k) total[k] += x[k];
    }
#pragma unroll
    for (int rank = 0; rank < 8; ++rank) {
        if (rank < ranks) store_group(static_cast<T*>(buffers.v[rank]) + first, total, valid);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
all_reduce_loopback(const __grid_constant__ Pointer8 buffers, int ranks, long long count) {
    reduce<bf16>(buffers, ranks, count);
}
extern "C" __global__ void __launch_bounds__(256)
all_reduce_loopback_f32(const __grid_constant__ Pointer8 buffers, int ranks, long long count) {
    reduce<float>(buffers, ranks, count);
}
