// pixel_norm: out = x / sqrt(mean(x^2) + eps) * weight + bias over the channels of each pixel.
//   out, x        [rows, channels] bf16 (pixel_norm_f32: f32)      weight, bias  [channels] f32, each may be null
//   launch        lanes = the least power of two with 32 * lanes >= channels, at most 32; grid = ceil(rows * lanes / 256),
//                 block = 256, shared = 0; 16-byte accesses if channels % 8 == 0 and pointers are 16-byte aligned, any
//                 other number of channels one value at a time
//   bound         memory: 4 * rows * channels bytes; `lanes` threads share a pixel and keep up to 1024 channels in
//                 registers, more are read twice
//   source        torch.nn.RMSNorm over channels
//@ out[rows * channels]; x[rows * channels]; weight[channels] or null; bias[channels] or null
//@ block.x == 256; rows >= 1; channels >= 1; grid.x == ceil(rows * min(32, power2(ceil(channels, 32))), 256)
#include "groups.cuh"

namespace {
constexpr int GROUPS = 4; // a lane holds GROUPS times eight values

DEVICE int lanes_of(int channels) {
    int lanes = 1;
    while (lanes < 32 && lanes * GROUPS * 8 < channels) lanes *= 2;
    return lanes;
}

template <class T>
DEVICE void normalize(T* out, const T* x, const float* weight, const float* bias, int rows, int channels, float eps) {
    const int lanes = lanes_of(channels), span = lanes * GROUPS * 8;
    const int first = static_cast<int>(threadIdx.x & (lanes - 1)) * 8;
    const size_t row = (static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / lanes;
    // Threads without a pixel hold zeros and still take part in the shuffles.
    const int width = row < static_cast<size_t>(rows) ? channels : 0;
    x += row * channels;
    out += row * channels;
    float v[GROUPS][8], sum = 0.0f;
    for (int base = first; base < width; base += span) {
#pragma unroll
        for (int g = 0; g < GROUPS; ++g) {
            const int i = base + g * lanes * 8;
            load_group(v[g], x + i, width - i);
#pragma unroll
            for (int k = 0; k < 8; ++k) sum += v[g][k] * v[g][k];
        }
    }
    for (int bit = lanes / 2; bit; bit >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, bit);
    const float scale = rsqrtf(sum / channels + eps);
    for (int base = first; base < width; base += span) {
#pragma unroll
        for (int g = 0; g < GROUPS; ++g) {
            const int i = base + g * lanes * 8;
            if (i >= width) continue;
            if (channels > span) load_group(v[g], x + i, width - i);
            float w[8], b[8];
            load_group(w, weight + i, weight ? width - i : 0, 1.0f);
            load_group(b, bias + i, bias ? width - i : 0);
#pragma unroll
            for (int k = 0; k < 8; ++k) v[g][k] = v[g][k] * scale * w[k] + b[k];
            store_group(out + i, v[g], width - i);
        }
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
pixel_norm(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ weight,
           const float* __restrict__ bias, int rows, int channels, float eps) {
    normalize(out, x, weight, bias, rows, channels, eps);
}

extern "C" __global__ void __launch_bounds__(256)
pixel_norm_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
               const float* __restrict__ bias, int rows, int channels, float eps) {
    normalize(out, x, weight, bias, rows, channels, eps);
}
