// conv3d_simt: out = activation(conv(x, w) + bias) in F32 arithmetic, channels last, groups, any kernel size and stride:
// conv3d_simt_<type of x>_<type of w>.
//   out         [batch, frames, height, width, groups * group_out] f32 or bf16
//   x           [batch, frames_in, height_in, width_in, groups * group_in], likewise; may be empty if all taps are zeros
//   w           f32 or bf16: weight of output o, tap t (width innermost), input i of its group at o * w_out + t * w_tap +
//               i * w_in
//   bias        [groups * group_out] f32 or null     activation  number in common.cuh
//   frame_taps  [frames, kernel_frames] frame of x that each tap of an output frame reads, -1 for zeros
//   top, left   rows and columns of zeros before the picture; behind it as many as the output's size asks for
//   launch      grid = (ceil(batch * frames * height * width / 64), ceil(group_out / 64), groups), block = 256, shared = 0
//   bound       arithmetic on the f32 units: 2 * group_in * taps FLOP an output
//   source      torch.nn.functional.conv3d; for what io.fsvideo.tensor.Ops.conv3d allows and conv3d and depthwise_conv3d
//               do not take: F32, groups, mixed types
//@ out[batch * frames * height * width * grid.z * group_out]; bias[grid.z * group_out] or null
//@ x[batch * frames_in * height_in * width_in * grid.z * group_in] or null; x != null || frames_in == 0
//@ w[(grid.z * group_out - 1) * w_out + (kernel_frames * kernel_height * kernel_width - 1) * w_tap
//@     + (group_in - 1) * w_in + 1]
//@ w_out >= 0; w_tap >= 0; w_in >= 0; frame_taps[frames * kernel_frames]; group_out >= 1; grid.y == ceil(group_out, 64)
//@ block.x == 256; batch >= 1; frames >= 1; height >= 1; width >= 1; stride >= 1
//@ grid.x == ceil(batch * frames * height * width, 64)
//@ frames_in >= 0; height_in >= 1; width_in >= 1; group_in >= 1; top >= 0; left >= 0
//@ kernel_frames >= 1; kernel_height >= 1; kernel_width >= 1; activation >= 0; activation <= 4
#include "simt.cuh"

namespace {
struct Sizes {
    int batch, frames_in, height_in, width_in, frames, height, width, group_in, group_out;
    int kernel_frames, kernel_height, kernel_width, stride, top, left;
    long long w_out, w_tap, w_in;
    int activation;
};

// Reads input k = tap * group_in + channel of one output pixel.
template <class X> struct Gather {
    const X* x; // first channel of the group
    const int* frame_taps;
    const Sizes& s;
    int groups, sample, frame, y, v;
    bool inside;

    DEVICE Gather(const X* all, const int* taps, const Sizes& sizes, long long pixel)
        : x(all + static_cast<long long>(blockIdx.z) * sizes.group_in), frame_taps(taps), s(sizes), groups(gridDim.z) {
        const long long row = pixel / s.width, picture = row / s.height;
        v = static_cast<int>(pixel - row * s.width) * s.stride - s.left;
        y = static_cast<int>(row - picture * s.height) * s.stride - s.top;
        sample = static_cast<int>(picture / s.frames);
        frame = static_cast<int>(picture - static_cast<long long>(sample) * s.frames);
        inside = sample < s.batch;
    }
    DEVICE float operator()(int k) const {
        const int tap = k / s.group_in, row = tap / s.kernel_width, kt = row / s.kernel_height;
        const int h = y + row - kt * s.kernel_height, w = v + tap - row * s.kernel_width;
        if (!inside || h < 0 || h >= s.height_in || w < 0 || w >= s.width_in) return 0.0f;
        const int source = frame_taps[frame * s.kernel_frames + kt];
        if (source < 0) return 0.0f;
        const long long line = (static_cast<long long>(sample) * s.frames_in + source) * s.height_in + h;
        return to_float(x[(line * s.width_in + w) * groups * s.group_in + k - tap * s.group_in]);
    }
};

template <class X, class W>
DEVICE void convolve(X* out, const X* x, const W* w, const float* bias, const int* frame_taps, const Sizes& s) {
    SHARED_ARRAY(float, a, SIMT_STEP * SIMT_PITCH);
    SHARED_ARRAY(float, b, SIMT_STEP * SIMT_PITCH);
    const SimtPlace at = simt_place();
    const long long pixels = static_cast<long long>(s.batch) * s.frames * s.height * s.width;
    const long long pixel0 = static_cast<long long>(blockIdx.x) * SIMT_TILE;
    const int out0 = static_cast<int>(blockIdx.y) * SIMT_TILE, first = static_cast<int>(blockIdx.z) * s.group_out;
    const Gather<X> gather(x, frame_taps, s, pixel0 + at.row);
    const bool column_inside = out0 + at.row < s.group_out;
    const W* const filter = w + (first + out0 + at.row) * s.w_out;
    const auto weight = [&](int k) {
        const int tap = k / s.group_in;
        return column_inside ? to_float(filter[tap * s.w_tap + (k - tap * s.group_in) * s.w_in]) : 0.0f;
    };
    float sum[4][4] = {};
    simt_multiply(sum, a, b, s.kernel_frames * s.kernel_height * s.kernel_width * s.group_in, gather, weight);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const long long pixel = pixel0 + at.r + i;
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const int column = out0 + at.c + j, channel = first + column;
            if (pixel >= pixels || column >= s.group_out) continue;
            const float value = bias ? sum[i][j] + bias[channel] : sum[i][j];
            store(out + pixel * gridDim.z * s.group_out + channel, activate(s.activation, value));
        }
    }
}
} // namespace

extern "C" __global__ void __launch_bounds__(256)
conv3d_simt_f32_f32(float* __restrict__ out, const float* __restrict__ x, const float* __restrict__ w,
                  const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames_in,
                  int height_in, int width_in, int frames, int height, int width, int group_in, int group_out,
                  int kernel_frames, int kernel_height, int kernel_width, int stride, int top, int left, long long w_out,
                  long long w_tap, long long w_in, int activation) {
    convolve(out, x, w, bias, frame_taps,
             {batch, frames_in, height_in, width_in, frames, height, width, group_in, group_out, kernel_frames,
              kernel_height, kernel_width, stride, top, left, w_out, w_tap, w_in, activation});
}
extern "C" __global__ void __launch_bounds__(256)
conv3d_simt_f32_bf16(float* __restrict__ out, const float* __restrict__ x, const bf16* __restrict__ w,
                  const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames_in,
                  int height_in, int width_in, int frames, int height, int width, int group_in, int group_out,
                  int kernel_frames, int kernel_height, int kernel_width, int stride, int top, int left, long long w_out,
                  long long w_tap, long long w_in, int activation) {
    convolve(out, x, w, bias, frame_taps,
             {batch, frames_in, height_in, width_in, frames, height, width, group_in, group_out, kernel_frames,
              kernel_height, kernel_width, stride, top, left, w_out, w_tap, w_in, activation});
}
extern "C" __global__ void __launch_bounds__(256)
conv3d_simt_bf16_f32(bf16* __restrict__ out, const bf16* __restrict__ x, const float* __restrict__ w,
                  const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames_in,
                  int height_in, int width_in, int frames, int height, int width, int group_in, int group_out,
                  int kernel_frames, int kernel_height, int kernel_width, int stride, int top, int left, long long w_out,
                  long long w_tap, long long w_in, int activation) {
    convolve(out, x, w, bias, frame_taps,
             {batch, frames_in, height_in, width_in, frames, height, width, group_in, group_out, kernel_frames,
              kernel_height, kernel_width, stride, top, left, w_out, w_tap, w_in, activation});
}
extern "C" __global__ void __launch_bounds__(256)
conv3d_simt_bf16_bf16(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ w,
                  const float* __restrict__ bias, const int* __restrict__ frame_taps, int batch, int frames_in,
                  int height_in, int width_in, int frames, int height, int width, int group_in, int group_out,
                  int kernel_frames, int kernel_height, int kernel_width, int stride, int top, int left, long long w_out,
                  long long w_tap, long long w_in, int activation) {
    convolve(out, x, w, bias, frame_taps,
             {batch, frames_in, height_in, width_in, frames, height, width, group_in, group_out, kernel_frames,
              kernel_height, kernel_width, stride, top, left, w_out, w_tap, w_in, activation});
}
