// depthwise_conv3d: each channel convolved with its own kernel; channels-last, stride 1, spatial padding with zeros.
//   depthwise_conv3d_1x3x3, depthwise_conv3d_1x5x5, depthwise_conv3d_3x3x3   bf16, and with _f32
//   out           [batch, out_frames, out_height, out_width, channels]
//   x             [batch, frames, height, width, channels]; out_height = height + top + bottom - kernel height, plus 1
//   weight        [kernel frames, kernel height, kernel width, channels], of x's type
//   bias          [channels] f32 or null
//   frame_taps    [out_frames, kernel frames] int32: the input frame a tap reads, -1 for a frame of zeros
//                 (io.fsvideo.tensor.FrameTaps); top, left: rows and columns of zeros before the image
//   launch        grid = ceil(batch * out_frames * out_height * ceil(out_width / 4) * ceil(channels / n) / 256), n = 8
//                 (f32: 4), block = 256, shared = 0, fewer than 2^31 threads; any channels, 16-byte accesses where rows of them are aligned
//   bound         memory: (in + out count) * element bytes; arithmetic 2 * taps * count FLOP on the f32 units. A thread
//                 makes four neighbouring columns from one pass over their inputs, other reuse is the caches'
//   source        torch.nn.functional.conv3d(groups=channels); io.fsvideo.tensor.Ops.conv3d, Conv3dGeometry
//@ out[batch * out_frames * out_height * out_width * channels]; x[batch * frames * height * width * channels]
//@ bias[channels] or null; block.x == 256; batch >= 1; frames >= 1; height >= 1; width >= 1; channels >= 1
//@ out_frames >= 1; out_height >= 1; out_width >= 1; top >= 0; left >= 0; grid.x < 8388608
//@ *_1x3x3, *_1x3x3_f32: weight[9 * channels]; frame_taps[out_frames]
//@ *_1x5x5, *_1x5x5_f32: weight[25 * channels]; frame_taps[out_frames]
//@ *_3x3x3, *_3x3x3_f32: weight[27 * channels]; frame_taps[3 * out_frames]
//@ *x3, *x5: grid.x == ceil(batch * out_frames * out_height * ceil(out_width, 4) * ceil(channels, 8), 256)
//@ *_f32: grid.x == ceil(batch * out_frames * out_height * ceil(out_width, 4) * ceil(channels, 4), 256)
#include "elements.cuh"

namespace {
constexpr int COLUMNS = 4;
struct Sizes { int batch, frames, height, width, channels, out_frames, out_height, out_width, top, left; };
struct Place { long long sample; int frame, y, x, channel; };

DEVICE Place place(const Sizes& s, int group) {
    Place p;
    ShortSplit at = short_split(blockIdx.x * blockDim.x + threadIdx.x, static_cast<unsigned>((s.channels + group - 1) / group));
    p.channel = static_cast<int>(at.remainder) * group;
    at = short_split(at.quotient, static_cast<unsigned>((s.out_width + COLUMNS - 1) / COLUMNS));
    p.x = static_cast<int>(at.remainder) * COLUMNS;
    at = short_split(at.quotient, static_cast<unsigned>(s.out_height));
    p.y = static_cast<int>(at.remainder);
    at = short_split(at.quotient, static_cast<unsigned>(s.out_frames));
    p.frame = static_cast<int>(at.remainder);
    p.sample = at.quotient;
    return p;
}

// Adds one input row's part to the four sums; `row` is its first pixel, `weight` the first of KW taps.
template <int KW, class T, int N>
DEVICE void add_row(float (&sum)[COLUMNS][N], const T* row, const T* weight, const Sizes& s, const Place& p, int valid) {
    float w[KW][N];
    weight += p.channel;
    row += static_cast<long long>(p.x - s.left) * s.channels + p.channel;
#pragma unroll
    for (int k = 0; k < KW; ++k, weight += s.channels) load_group(w[k], weight, valid);
#pragma unroll
    for (int j = 0; j < KW + COLUMNS - 1; ++j, row += s.channels) {
        const int column = p.x - s.left + j;
        if (column < 0 || column >= s.width) continue;
        float v[N];
        load_group(v, row, valid);
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c) {
            const int k = j - c;
            if (k < 0 || k >= KW) continue;
#pragma unroll
            for (int n = 0; n < N; ++n) sum[c][n] += v[n] * w[k][n];
        }
    }
}

template <int KT, int KH, int KW, class T>
DEVICE void convolve(T* out, const T* x, const T* weight, const float* bias, const int* frame_taps, const Sizes& s) {
    constexpr int N = GROUP<T>;
    const Place p = place(s, N);
    if (p.sample >= s.batch) return;
    const int valid = min(s.channels - p.channel, N);
    float sum[COLUMNS][N];
#pragma unroll
    for (int n = 0; n < N; ++n) {
        const float start = bias && n < valid ? bias[p.channel + n] : 0.0f;
#pragma unroll
        for (int c = 0; c < COLUMNS; ++c) sum[c][n] = start;
    }
#pragma unroll 1
    for (int kt = 0; kt < KT; ++kt) {
        const int frame = frame_taps[p.frame * KT + kt];
        if (frame < 0) continue;
#pragma unroll 1
        for (int kh = 0; kh < KH; ++kh) {
            const int y = p.y - s.top + kh;
            if (y < 0 || y >= s.height) continue;
            const T* const row = x + ((p.sample * s.frames + frame) * s.height + y) * s.width * s.channels;
            add_row<KW>(sum, row, weight + static_cast<long long>((kt * KH + kh) * KW) * s.channels, s, p, valid);
        }
    }
    const long long line = ((p.sample * s.out_frames + p.frame) * s.out_height + p.y) * s.out_width + p.x;
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) {
        if (p.x + c < s.out_width) store_group(out + (line + c) * s.channels + p.channel, sum[c], valid);
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_1x3x3(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<1, 3, 3>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_1x3x3_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<1, 3, 3>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_1x5x5(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<1, 5, 5>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_1x5x5_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<1, 5, 5>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_3x3x3(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<3, 3, 3>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
extern "C" __global__ void __launch_bounds__(256, 2)
depthwise_conv3d_3x3x3_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ weight,
                       const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames, int height,
                       int width, int channels, int out_frames, int out_height, int out_width, int top, int left) {
    convolve<3, 3, 3>(out, x, weight, bias, frame_taps,
                      {batch, frames, height, width, channels, out_frames, out_height, out_width, top, left});
}
