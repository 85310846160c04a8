// resize: resamples height and width of channels-last images, half-pixel centres, border clamped.
//   resize_nearest   source row floor((i + 0.5) in / out), in integers
//   resize_bicubic   4 x 4 taps of cubic convolution with a = -0.75, no antialiasing, values not clamped
//   out           [planes, out_height, out_width, channels] bf16, or f32 (_f32); 16-byte groups where channels allow
//   x             [planes, height, width, channels] of the same type; planes = batch * frames
//   launch        grid = ceil(planes * out_height * out_width * ceil(channels / n) / 256), n = 8 (f32: 4), block = 256,
//                 shared = 0; fewer than 2^31 threads
//   bound         memory: (in + out count) * element bytes; bicubic's 16 reads of a value come from the caches
//   source        io.fsvideo.tensor.Ops.resize; torch.nn.functional.interpolate(bicubic, align_corners=False)
//@ out[planes * out_height * out_width * channels]; x[planes * height * width * channels]
//@ block.x == 256; grid.x < 8388608; planes >= 1; channels >= 1
//@ out_height >= 1; out_width >= 1; height >= 1; width >= 1
//@ resize_nearest, resize_bicubic: grid.x == ceil(planes * out_height * out_width * ceil(channels, 8), 256)
//@ *_f32: grid.x == ceil(planes * out_height * out_width * ceil(channels, 4), 256)
#include "elements.cuh"

namespace {
constexpr float A = -0.75f;
struct Sizes { int out_height, out_width, height, width, channels; };

// Source rows first - 1 .. first + 2 and their weights for output row i: the place of i is found in integers.
struct Cubic {
    int first;
    float weight[4];
    DEVICE Cubic(int i, int in, int out) {
        const long long centre = (2ll * i + 1) * in - out, unit = 2ll * out; // centre / unit = (i + 0.5) in / out - 0.5
        first = centre < 0 ? -1 : static_cast<int>(centre / unit);
        const float t = static_cast<float>(centre - first * unit) / static_cast<float>(unit);
        weight[0] = far(1.0f + t);
        weight[1] = near(t);
        weight[2] = near(1.0f - t);
        weight[3] = far(2.0f - t);
    }
    static DEVICE float near(float x) { return ((A + 2.0f) * x - (A + 3.0f)) * x * x + 1.0f; } // x <= 1
    static DEVICE float far(float x) { return (((x - 5.0f) * x + 8.0f) * x - 4.0f) * A; }      // 1 <= x <= 2
};
DEVICE int clamp_index(int i, int size) { return max(0, min(size - 1, i)); }

struct Place { long long plane; int y, x, channel; };
DEVICE Place place(const Sizes& s, int group) {
    Place p;
    ShortSplit at = short_split(blockIdx.x * blockDim.x + threadIdx.x, static_cast<unsigned>((s.channels + group - 1) / group));
    p.channel = static_cast<int>(at.remainder) * group;
    at = short_split(at.quotient, static_cast<unsigned>(s.out_width));
    p.x = static_cast<int>(at.remainder);
    at = short_split(at.quotient, static_cast<unsigned>(s.out_height));
    p.y = static_cast<int>(at.remainder);
    p.plane = at.quotient;
    return p;
}

template <class T> DEVICE void nearest(T* out, const T* x, long long planes, const Sizes& s) {
    constexpr int N = GROUP<T>;
    const Place p = place(s, N);
    if (p.plane >= planes) return;
    const int valid = min(s.channels - p.channel, N);
    const long long y = min(s.height - 1ll, (2ll * p.y + 1) * s.height / (2ll * s.out_height));
    const long long column = min(s.width - 1ll, (2ll * p.x + 1) * s.width / (2ll * s.out_width));
    float v[N];
    load_group(v, x + ((p.plane * s.height + y) * s.width + column) * s.channels + p.channel, valid);
    store_group(out + ((p.plane * s.out_height + p.y) * s.out_width + p.x) * s.channels + p.channel, v, valid);
}
template <class T> DEVICE void bicubic(T* out, const T* x, long long planes, const Sizes& s) {
    constexpr int N = GROUP<T>;
    const Place p = place(s, N);
    if (p.plane >= planes) return;
    const int valid = min(s.channels - p.channel, N);
    const Cubic vertical(p.y, s.height, s.out_height), horizontal(p.x, s.width, s.out_width);
    float sum[N] = {};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const long long row = p.plane * s.height + clamp_index(vertical.first + i - 1, s.height);
        float line[N] = {};
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const long long pixel = row * s.width + clamp_index(horizontal.first + j - 1, s.width);
            float v[N];
            load_group(v, x + pixel * s.channels + p.channel, valid);
#pragma unroll
            for (int k = 0; k < N; ++k) line[k] += horizontal.weight[j] * v[k];
        }
#pragma unroll
        for (int k = 0; k < N; ++k) sum[k] += vertical.weight[i] * line[k];
    }
    store_group(out + ((p.plane * s.out_height + p.y) * s.out_width + p.x) * s.channels + p.channel, sum, valid);
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
resize_nearest(bf16* __restrict__ out, const bf16* __restrict__ x, long long planes, int out_height, int out_width,
               int height, int width, int channels) {
    nearest(out, x, planes, {out_height, out_width, height, width, channels});
}
extern "C" __global__ void __launch_bounds__(256)
resize_nearest_f32(float* __restrict__ out, const float* __restrict__ x, long long planes, int out_height, int out_width,
               int height, int width, int channels) {
    nearest(out, x, planes, {out_height, out_width, height, width, channels});
}
extern "C" __global__ void __launch_bounds__(256)
resize_bicubic(bf16* __restrict__ out, const bf16* __restrict__ x, long long planes, int out_height, int out_width,
               int height, int width, int channels) {
    bicubic(out, x, planes, {out_height, out_width, height, width, channels});
}
extern "C" __global__ void __launch_bounds__(256)
resize_bicubic_f32(float* __restrict__ out, const float* __restrict__ x, long long planes, int out_height, int out_width,
               int height, int width, int channels) {
    bicubic(out, x, planes, {out_height, out_width, height, width, channels});
}
