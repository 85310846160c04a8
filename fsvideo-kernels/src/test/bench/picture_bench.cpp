// Kernels of the autoencoder, at stages of its decoder of 720x1280 frames; frames are those of one chunk.
#include "bench.h"

namespace {
struct Stage { size_t frames, height, width, channels; };
std::vector<Stage> stages() {
    if (tiny()) return {{3, 10, 18, 40}};
    return {{4, 720, 1280, 128}, {8, 360, 640, 256}, {16, 180, 320, 512}, {31, 90, 160, 512}, {31, 45, 80, 1024}};
}
std::string shape_of(const Stage& s) { return text("[%zu, %zu, %zu, %zu]", s.frames, s.height, s.width, s.channels); }
size_t pixels(const Stage& s) { return s.frames * s.height * s.width; }

std::vector<int> causal(size_t frames, int taps) {
    std::vector<int> table;
    for (int f = 0; f < int(frames); ++f) {
        for (int k = 0; k < taps; ++k) table.push_back(std::max(0, f + k - taps + 1));
    }
    return table;
}

void conv3d(const Stage& s, size_t channels_out, int kt, int side) {
    const size_t taps = size_t(kt * side * side), in = s.channels;
    const unsigned width = channels_out <= 24 ? 16 : 128;
    Case c("conv3d", shape_of(s) + text(" -> %zu by %dx%dx%d", channels_out, kt, side, side));
    const auto out = c.out<bf16>(pixels(s) * channels_out), x = c.in<bf16>(pixels(s) * in), w = c.in<bf16>(channels_out * taps * in);
    const auto bias = c.in<float>(channels_out);
    const auto table = c.of(causal(s.frames, kt));
    c.tensor_flops(2.0 * double(pixels(s)) * double(taps * in * channels_out));
    c.launch(width == 16 ? "conv3d_16" : "conv3d_128",
             Dim(blocks(channels_out, width), blocks(s.width, 16) * blocks(s.height, 8), s.frames), 384,
             width == 16 ? 92240 : 163920, out, Map<bf16>{x, {{in, s.width, s.height, s.frames, 1}, {64, 16, 8, 1, 1}}},
             Map<bf16>{w, {{in, taps, channels_out}, {64, 1, width}}}, bias, static_cast<bf16*>(nullptr), table, int(s.frames),
             int(s.height), int(s.width), int(in), int(channels_out), kt, side, side, side / 2, side / 2, 1, 0, 1, 1);
}
} // namespace

TEST(conv3d) {
    for (const Stage& s : stages()) conv3d(s, s.channels, 3, 3);
    const Stage outer = stages()[0];
    conv3d(outer, outer.channels, 1, 3);
    conv3d(outer, outer.channels, 1, 1);
    conv3d(outer, 3, 3, 3);
    conv3d({outer.frames, outer.height, outer.width, 8}, outer.channels, 3, 3);
    const Stage s = stages().back();
    Case c("conv3d", shape_of(s) + text(" -> %zu by 3x3x3", s.channels));
    const auto out = c.out<bf16>(pixels(s) * s.channels), x = c.in<bf16>(pixels(s) * s.channels),
               w = c.in<bf16>(27 * s.channels * s.channels);
    const auto bias = c.in<float>(s.channels);
    const auto table = c.of(causal(s.frames, 3));
    c.tensor_flops(54.0 * double(pixels(s)) * double(s.channels * s.channels));
    c.launch("conv3d_sm80", Dim(blocks(s.channels, 128), blocks(s.height * s.width, 128), s.frames), 256, 32768, out, x, w, bias,
             static_cast<bf16*>(nullptr), table, int(s.frames), int(s.height), int(s.width), int(s.frames), int(s.height),
             int(s.width), int(s.channels), int(s.channels), 3, 3, 3, 1, 1, 1, 1, 0, 1, 1);
}

TEST(conv3d_simt) {
    const Stage s = tiny() ? stages()[0] : Stage{4, 90, 160, 128};
    Case c("conv3d_simt", shape_of(s) + text(" -> %zu by 3x3x3", s.channels));
    const size_t n = s.channels;
    const auto out = c.out<float>(pixels(s) * n), x = c.in<float>(pixels(s) * n), w = c.in<float>(27 * n * n), bias = c.in<float>(n);
    const auto table = c.of(causal(s.frames, 3));
    c.f32_flops(54.0 * double(pixels(s)) * double(n * n));
    c.launch("conv3d_simt_f32_f32", Dim(blocks(pixels(s), 64), blocks(n, 64), 1), 256, 0, out, x, w, bias, table, 1,
             int(s.frames), int(s.height), int(s.width), int(s.frames), int(s.height), int(s.width), int(n), int(n), 3, 3, 3, 1,
             1, 1, static_cast<long long>(27 * n), static_cast<long long>(n), 1ll, 0);
}

TEST(depthwise_conv3d) {
    const Stage s = tiny() ? stages()[0] : Stage{31, 45, 80, 4096};
    const struct { const char* entry; int t, side; } kinds[] = {
        {"depthwise_conv3d_1x3x3", 1, 3}, {"depthwise_conv3d_1x5x5", 1, 5}, {"depthwise_conv3d_3x3x3", 3, 3}};
    for (const auto& kind : kinds) {
        const size_t taps = size_t(kind.t * kind.side * kind.side);
        Case c("depthwise_conv3d", shape_of(s));
        const auto out = c.out<bf16>(pixels(s) * s.channels), x = c.in<bf16>(pixels(s) * s.channels),
                   w = c.in<bf16>(taps * s.channels);
        const auto bias = c.in<float>(s.channels);
        const auto table = c.of(causal(s.frames, kind.t));
        c.f32_flops(2.0 * double(taps) * double(pixels(s) * s.channels));
        const size_t threads = s.frames * s.height * blocks(s.width, 4) * blocks(s.channels, 8);
        c.launch(kind.entry, blocks(threads, 256), 256, 0, out, x, w, bias, table, 1, int(s.frames), int(s.height), int(s.width),
                 int(s.channels), int(s.frames), int(s.height), int(s.width), kind.side / 2, kind.side / 2);
    }
}

TEST(pixel_norm) {
    for (const Stage& s : stages()) {
        Case c("pixel_norm", shape_of(s));
        const auto out = c.out<bf16>(pixels(s) * s.channels), x = c.in<bf16>(pixels(s) * s.channels);
        const auto weight = c.in<float>(s.channels), bias = c.in<float>(s.channels);
        size_t lanes = 1;
        while (lanes < 32 && 32 * lanes < s.channels) lanes *= 2;
        c.launch("pixel_norm", blocks(pixels(s) * lanes, 256), 256, 0, out, x, weight, bias, int(pixels(s)), int(s.channels), 1e-6f);
    }
}

TEST(linear_attention) {
    const Stage s = tiny() ? Stage{2, 5, 6, 64} : Stage{31, 45, 80, 1024};
    const size_t keys = pixels(s), dim = 32, heads = s.channels / dim, chunk = 256, chunks = blocks(keys, chunk);
    const size_t state = heads * dim * (dim + 1), values = keys * s.channels;
    const std::string shape = text("%zu tokens, %zu heads of %zu", keys, heads, dim);
    Case sum("linear_attention", shape);
    const auto partial = sum.out<float>(chunks * state);
    const auto k = sum.in<bf16>(values), v = sum.in<bf16>(values);
    sum.launch("linear_attention_sum", Dim(chunks, heads), 64, 256 * dim, partial, k, v, int(keys), int(dim), int(chunk));
    Case reduce("linear_attention", shape);
    const auto sums = reduce.out<float>(state), parts = reduce.in<float>(chunks * state);
    reduce.launch("linear_attention_reduce", blocks(state, 256), 256, 0, sums, parts, int(state), int(chunks));
    Case quotient("linear_attention", shape);
    const auto out = quotient.out<bf16>(values), q = quotient.in<bf16>(values);
    const auto whole = quotient.in<float>(state);
    quotient.launch("linear_attention", Dim(blocks(keys, 32), heads), 64, 4 * dim * (dim + 33), out, q, whole, int(keys), int(dim), 1e-6f);
}

namespace {
// Two by two pixels of a picture of this stage to or from channels.
void rearrange(const char* kernel, const Stage& s) {
    const size_t height = s.height / 2, width = s.width / 2, count = s.frames * height * width * s.channels * 4;
    Case c(kernel, shape_of(s));
    const auto out = c.out<bf16>(count), x = c.in<bf16>(count);
    c.launch(kernel, std::min<size_t>(s.frames * height * width, 8 * 132), 256, 0, out, x, static_cast<long long>(s.frames),
             int(height), int(width), int(s.channels), 1, 2);
}
Stage second() { return stages().size() > 1 ? stages()[1] : stages()[0]; }
} // namespace

TEST(pixel_shuffle_3d) { rearrange("pixel_shuffle_3d", second()); }
TEST(pixel_unshuffle_3d) { rearrange("pixel_unshuffle_3d", second()); }

TEST(channel_average) {
    const Stage s = stages()[0];
    const size_t count = pixels(s) * s.channels / 4;
    Case c("channel_average", shape_of(s) + " by 4");
    const auto out = c.out<bf16>(count), x = c.in<bf16>(count * 4);
    c.launch("channel_average", blocks(count, 2048), 256, 0, out, x, 4, static_cast<long long>(count));
}

TEST(channel_duplicate) {
    const Stage s = stages()[0];
    const size_t count = pixels(s) * s.channels;
    Case c("channel_duplicate", shape_of(s) + " by 4");
    const auto out = c.out<bf16>(count), x = c.in<bf16>(count / 4);
    c.launch("channel_duplicate", blocks(count, 2048), 256, 0, out, x, 4, static_cast<long long>(count));
}

TEST(resize) {
    const Stage s = stages()[0];
    const size_t height = s.height / 2, width = s.width / 2, channels = at_scale(8, 8);
    for (const char* entry : {"resize_nearest", "resize_bicubic"}) {
        Case c("resize", text("[%zu, %zu, %zu, %zu] doubled", 8 * s.frames, height, width, channels));
        const size_t planes = 8 * s.frames, to = planes * height * 2 * width * 2 * channels;
        const auto out = c.out<bf16>(to), x = c.in<bf16>(planes * height * width * channels);
        c.launch(entry, blocks(to / 8, 256), 256, 0, out, x, static_cast<long long>(planes), int(height * 2), int(width * 2),
                 int(height), int(width), int(channels));
    }
}
