// conv3d: out = activation(conv(x, w) + bias) + residual, channels last; zeros around the picture, frames by a table.
//   out         [batch, frames, height, width, channels_out] bf16, or rearranged (see rearrange); residual likewise or null
//   x           [batch, frames_in, height_in, width_in, channels_in] bf16; channels_in % 8 == 0 (pad 3 to 8)
//   w           [channels_out, taps, channels_in] bf16; taps = kernel_frames * kernel_height * kernel_width, width innermost
//   bias        [channels_out] f32 or null           activation  number in common.cuh
//   frame_taps  [frames, kernel_frames] frame of x that each tap of an output frame reads, -1 for zeros: causal, same,
//               group-causal and streaming convolutions differ in this table only (io.fsvideo.tensor.FrameTaps)
//   rearrange   0 none; 1 pixel shuffle: channel ((c * rt + it) * rs + ih) * rs + iw of (f, h, w) goes to channel c of
//               (f * rt + it, h * rs + ih, w * rs + iw); 2 its inverse; rt = factor_frames, rs = factor_space
//   maps        {channels_in, width_in, height_in, frames_in, batch} box {64, 16, 8, 1, 1} for x, {channels_in, taps,
//               channels_out} box {64, 1, BN} for w, swizzle 128 bytes; pointers 16-byte aligned
//   launch      conv3d_BN, stride 1, BN = 128 or 16 (few outputs): grid = (output tiles of BN, picture tiles of 16 x 8,
//               batch * frames), block = 384, shared = 163920 (BN = 16: 92240)
//               conv3d_sm80, any stride: grid = (output tiles of 128, ceil(height * width / 128), batch * frames),
//               block = 256, shared = 32768
//   pipeline    conv3d_BN: each tap is the same TMA box at shifted coordinates, zero fill is the padding; the ring of gemm,
//              128 pixels x BN outputs, 5 stages of 64 channels; 168 registers (ptxas), no spills, setmaxnreg as there
//   bound       arithmetic: 54 * channels_in * channels_out FLOP a pixel for 3x3x3. Predicted, not measured: 121 frames of
//               720x1280, 128 -> 128: 98.7 TFLOP, limit 125 ms at 788 TFLOP/s, ~178 ms; other stages: PREDICTIONS.md
//   source      implicit GEMM; padding rules of the autoencoder in io.fsvideo.nn
//@ out[grid.z * height * width * channels_out] align 16; bias[channels_out] or null
//@ residual[grid.z * height * width * channels_out] align 16 or null
//@ frame_taps[frames * kernel_frames]; frames >= 1; height >= 1; width >= 1; grid.z % frames == 0
//@ channels_in >= 8; channels_in % 8 == 0; channels_out >= 1
//@ kernel_frames >= 1; kernel_height >= 1; kernel_width >= 1; top >= 0; left >= 0; activation >= 0; activation <= 4
//@ rearrange >= 0; rearrange <= 2; factor_frames >= 1; factor_space >= 1
//@ rearrange != 1 || channels_out % (factor_frames * factor_space * factor_space) == 0
//@ rearrange != 2 || frames % factor_frames + height % factor_space + width % factor_space == 0
//@ conv3d_128, conv3d_16: block.x == 384; grid.y == ceil(width, 16) * ceil(height, 8)
//@ conv3d_128: grid.x == ceil(channels_out, 128); shared == 163920
//@ conv3d_16: grid.x == ceil(channels_out, 16); shared == 92240
//@ conv3d_sm80: block.x == 256; shared == 32768; grid.x == ceil(channels_out, 128); grid.y == ceil(height * width, 128)
//@ conv3d_sm80: frames_in >= 1; height_in >= 1; width_in >= 1; stride >= 1
//@ conv3d_sm80: x[grid.z / frames * frames_in * height_in * width_in * channels_in] align 16
//@ conv3d_sm80: w[channels_out * kernel_frames * kernel_height * kernel_width * channels_in] align 16
#include "mma_tile.cuh"
#include "ring.cuh"

namespace {
struct Output {
    bf16* out;
    const bf16* residual;
    const float* bias;
    int frames, height, width, channels, activation, rearrange, factor_frames, factor_space;

    DEVICE size_t index(int frame, int h, int w, int c) const { // frame counts through the batch
        if (rearrange == 0) return ((static_cast<size_t>(frame) * height + h) * width + w) * channels + c;
        const int rt = factor_frames, rs = factor_space;
        if (rearrange == 1) {
            const int iw = c % rs, ih = c / rs % rs, it = c / (rs * rs) % rt, of = c / (rs * rs * rt);
            const size_t row = (static_cast<size_t>(frame) * rt + it) * height * rs + h * rs + ih;
            return (row * width * rs + w * rs + iw) * (channels / (rt * rs * rs)) + of;
        }
        const int channel = ((c * rt + frame % frames % rt) * rs + h % rs) * rs + w % rs;
        const size_t row = static_cast<size_t>(frame / rt) * (height / rs) + h / rs;
        return (row * (width / rs) + w / rs) * (static_cast<size_t>(channels) * rt * rs * rs) + channel;
    }
    DEVICE float finish(size_t at, int c, float x) const {
        if (bias) x += bias[c];
        x = activate(activation, x);
        return residual ? x + __bfloat162float(residual[at]) : x;
    }
    // Two neighbouring channels of a pixel; c is even.
    DEVICE void store_pair(int frame, int h, int w, int c, float x, float y) const {
        if (c >= channels || h >= height || w >= width) return;
        const size_t at = index(frame, h, w, c);
        if (rearrange == 0 && channels % 2 == 0) {
            *reinterpret_cast<uint32_t*>(out + at) = ptx::pack_bf16(finish(at, c, x), finish(at + 1, c + 1, y));
            return;
        }
        store(out + at, finish(at, c, x));
        if (c + 1 >= channels) return;
        const size_t next = index(frame, h, w, c + 1);
        store(out + next, finish(next, c + 1, y));
    }
};

struct Kernel { int frames, height, width, top, left, channels_in; };

#if HAS_SM90
constexpr int TILE_W = 16, TILE_H = 8, STAGES = 5;

template <int BN>
DEVICE void produce(const CUtensorMap* x, const CUtensorMap* w, const int* frame_taps, Ring<BN, STAGES> ring,
                    const Kernel& k, int frames, int w0, int h0) {
    const int frame = blockIdx.z % frames, sample = blockIdx.z / frames;
    int step = 0, tap = 0;
    for (int kt = 0; kt < k.frames; ++kt) {
        const int source = frame_taps[frame * k.frames + kt]; // -1 lies outside the tensor and reads zeros
        for (int kh = 0; kh < k.height; ++kh) {
            for (int kw = 0; kw < k.width; ++kw, ++tap) {
                for (int c = 0; c < k.channels_in; c += RING_DEPTH, ++step) {
                    ring.acquire(step);
                    ptx::tma_load(ring.a(step), x, ring.full(step), c, w0 + kw - k.left, h0 + kh - k.top, source, sample);
                    ptx::tma_load(ring.b(step), w, ring.full(step), c, tap, blockIdx.x * BN);
                }
            }
        }
    }
}

template <int BN>
DEVICE void consume(const Output& o, Ring<BN, STAGES> ring, const Kernel& k, int w0, int h0, int group) {
    const int chunks = (k.channels_in + RING_DEPTH - 1) / RING_DEPTH;
    const int steps = k.frames * k.height * k.width * chunks;
    float acc[BN / 2];
    for (int step = 0; step < steps; ++step) {
        ring.multiply(acc, step, group, step);
        ptx::wgmma_wait<1>();
        if (step > 0) ring.release(step - 1);
    }
    ptx::wgmma_wait<0>();
    const int lane = threadIdx.x & 31, pixel = group * 64 + (threadIdx.x >> 5 & 3) * 16 + (lane >> 2);
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        const int w = w0 + (pixel + r * 8) % TILE_W, h = h0 + (pixel + r * 8) / TILE_W;
#pragma unroll
        for (int j = 0; j < BN / 8; ++j) {
            const int c = blockIdx.x * BN + j * 8 + (lane & 3) * 2;
            o.store_pair(blockIdx.z, h, w, c, acc[j * 4 + r * 2], acc[j * 4 + r * 2 + 1]);
        }
    }
}

template <int BN>
DEVICE void convolve(const CUtensorMap* x, const CUtensorMap* w, const int* frame_taps, const Output& o, const Kernel& k) {
    SHARED_DYNAMIC(unsigned char, raw);
    const Ring<BN, STAGES> ring{ptx::smem(raw)};
    const int across = (o.width + TILE_W - 1) / TILE_W, group = threadIdx.x >> 7;
    const int w0 = blockIdx.y % across * TILE_W, h0 = blockIdx.y / across * TILE_H;
    if (threadIdx.x == 0) ring.create();
    __syncthreads();
    if (group == 0) {
        ptx::regs_dec<40>();
        if (threadIdx.x == 0) produce<BN>(x, w, frame_taps, ring, k, o.frames, w0, h0);
    } else {
        ptx::regs_inc<232>();
        consume<BN>(o, ring, k, w0, h0, group - 1);
    }
}
#endif
} // namespace

#if HAS_SM90
extern "C" __global__ void __launch_bounds__(384, 1)
conv3d_128(bf16* __restrict__ out, const __grid_constant__ CUtensorMap x, const __grid_constant__ CUtensorMap w,
           const float* __restrict__ bias, const bf16* __restrict__ residual, const int* __restrict__ frame_taps, int frames,
           int height, int width, int channels_in, int channels_out, int kernel_frames, int kernel_height,
           int kernel_width, int top, int left, int activation, int rearrange, int factor_frames, int factor_space) {
    const Output o{out, residual, bias, frames, height, width, channels_out, activation, rearrange, factor_frames,
                   factor_space};
    convolve<128>(&x, &w, frame_taps, o, {kernel_frames, kernel_height, kernel_width, top, left, channels_in});
}

extern "C" __global__ void __launch_bounds__(384, 1)
conv3d_16(bf16* __restrict__ out, const __grid_constant__ CUtensorMap x, const __grid_constant__ CUtensorMap w,
          const float* __restrict__ bias, const bf16* __restrict__ residual, const int* __restrict__ frame_taps, int frames,
          int height, int width, int channels_in, int channels_out, int kernel_frames, int kernel_height,
          int kernel_width, int top, int left, int activation, int rearrange, int factor_frames, int factor_space) {
    const Output o{out, residual, bias, frames, height, width, channels_out, activation, rearrange, factor_frames,
                   factor_space};
    convolve<16>(&x, &w, frame_taps, o, {kernel_frames, kernel_height, kernel_width, top, left, channels_in});
}
#endif

// ---- sm_80: mma.sync over gathered rows, 128 pixels of a frame x 128 outputs, steps of 32 channels of one tap ---------
extern "C" __global__ void __launch_bounds__(256)
conv3d_sm80(bf16* __restrict__ out, const bf16* __restrict__ x, const bf16* __restrict__ w, const float* __restrict__ bias,
            const bf16* __restrict__ residual, const int* __restrict__ frame_taps, int frames_in, int height_in,
            int width_in, int frames, int height, int width, int channels_in, int channels_out, int kernel_frames,
            int kernel_height, int kernel_width, int stride, int top, int left, int activation, int rearrange,
            int factor_frames, int factor_space) {
    SHARED_DYNAMIC(unsigned char, raw);
    const uint32_t base = ptx::smem(raw);
    const int p0 = blockIdx.y * TILE, n0 = blockIdx.x * TILE, frame = blockIdx.z % frames, sample = blockIdx.z / frames;
    const int chunks = (channels_in + STEP - 1) / STEP, taps = kernel_frames * kernel_height * kernel_width;
    const int steps = taps * chunks;
    const Output o{out, residual, bias, frames, height, width, channels_out, activation, rearrange, factor_frames,
                   factor_space};
    auto load = [&](int s) {
        const int tap = s / chunks, kw = tap % kernel_width, kh = tap / kernel_width % kernel_height;
        const int source = s < steps ? frame_taps[frame * kernel_frames + tap / (kernel_width * kernel_height)] : -1;
        const uint32_t to = base + s % 2 * 2 * TILE_BYTES;
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            const int id = threadIdx.x + i * 256, r = id >> 2, c = s % chunks * STEP + (id & 3) * 8, pixel = p0 + r;
            const int h = pixel / width * stride + kh - top, v = pixel % width * stride + kw - left;
            const bool inside = source >= 0 && pixel < height * width && h >= 0 && h < height_in && v >= 0 &&
                                v < width_in && c < channels_in;
            const size_t row = ((static_cast<size_t>(sample) * frames_in + source) * height_in + h) * width_in + v;
            ptx::cp_async16(to + place(r, id & 3), inside ? x + row * channels_in + c : x, inside ? 16 : 0);
            const bool weight = s < steps && n0 + r < channels_out && c < channels_in;
            const size_t filter = (static_cast<size_t>(n0 + r) * taps + tap) * channels_in + c;
            ptx::cp_async16(to + TILE_BYTES + place(r, id & 3), weight ? w + filter : w, weight ? 16 : 0);
        }
        ptx::cp_async_commit();
    };
    MmaResults acc = {};
    load(0);
    for (int s = 0; s < steps; ++s) {
        load(s + 1);
        ptx::cp_async_wait<1>();
        __syncthreads();
        const uint32_t stage = base + s % 2 * 2 * TILE_BYTES;
        multiply_tiles(acc, stage, stage + TILE_BYTES);
        __syncthreads(); // the stage is loaded again in the next step
    }
    ptx::cp_async_wait<0>();
    each_pair(acc, [&](int r, int channel, float u, float v) {
        o.store_pair(blockIdx.z, (p0 + r) / width, (p0 + r) % width, n0 + channel, u, v);
    });
}
