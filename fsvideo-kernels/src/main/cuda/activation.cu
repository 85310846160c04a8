// activation: out = f(x) for every element; f by its number in io.fsvideo.tensor.Activation: 0 x, 1 x / (1 + exp(-x)),
// 2 GELU with tanh, 3 GELU with erf, 4 max(0, x).
//   out, x   [count] bf16 (activation_f32: f32)
//   launch   grid = ceil(count / 2048), block = 256, shared = 0; 16-byte accesses if pointers are 16-byte aligned
//   bound    memory: 4 * count bytes
//   source   torch.nn.functional silu, gelu, relu
//@ out[count]; x[count]; block.x == 256; count >= 1; grid.x == ceil(count, 2048); kind <= 4; kind >= 0
#include "groups.cuh"

namespace {
template <class T> DEVICE void apply(T* out, const T* x, long long count, int kind) {
    const long long i = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) * 8;
    const int left = static_cast<int>(min(count - i, 8LL)); // not above 0 behind the end
    float v[8];
    load_group(v, x + i, left);
#pragma unroll
    for (int k = 0; k < 8; ++k) v[k] = activate(kind, v[k]);
    store_group(out + i, v, left);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
activation(bf16* __restrict__ out, const bf16* __restrict__ x, long long count, int kind) {
    apply(out, x, count, kind);
}

extern "C" __global__ void __launch_bounds__(256)
activation_f32(float* __restrict__ out, const float* __restrict__ x, long long count, int kind) {
    apply(out, x, count, kind);
}
