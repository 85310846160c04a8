#include "test.h"

namespace {
constexpr double BOUND = 2.5e-3; // BF16 rounding of the result alone is 1.66e-3

struct Problem {
    int batch = 1, frames = 0, height = 0, width = 0, in = 0, out = 0, kt = 0, kh = 0, kw = 0; // frames, height and width of the input
    int stride = 1, activation = 0, rearrange = 0, rt = 1, rs = 1;
    bool residual = false;
    std::vector<int> taps;                    // [output frames, kt]
    int frames_out() const { return int(taps.size()) / kt; }
    int height_out() const { return (height + kh / 2 * 2 - kh) / stride + 1; }
    int width_out() const { return (width + kw / 2 * 2 - kw) / stride + 1; }
    size_t size_out() const { return size_t(batch) * frames_out() * height_out() * width_out() * out; }
};

Problem problem(int frames, int height, int width, int in, int out, int kt, int kh, int kw) {
    Problem p;
    p.frames = frames, p.height = height, p.width = width, p.in = in, p.out = out, p.kt = kt, p.kh = kh, p.kw = kw;
    for (int t = 0; t < frames; ++t) {
        for (int k = 0; k < kt; ++k) p.taps.push_back(std::max(0, t + k - kt + 1)); // causal
    }
    return p;
}

size_t rearranged(const Problem& p, size_t at) { // index of the plain layout -> index in the output
    if (p.rearrange == 0) return at;
    const size_t c = at % p.out, w = at / p.out % p.width_out(), h = at / p.out / p.width_out() % p.height_out();
    const size_t f = at / p.out / p.width_out() / p.height_out(); // counts through the batch
    const size_t rt = p.rt, rs = p.rs, H = p.height_out(), W = p.width_out(), C = p.out;
    if (p.rearrange == 1) {
        const size_t iw = c % rs, ih = c / rs % rs, it = c / rs / rs % rt, channel = c / rs / rs / rt;
        return (((f * rt + it) * H * rs + h * rs + ih) * W * rs + w * rs + iw) * (C / rt / rs / rs) + channel;
    }
    const size_t channel = ((c * rt + f % rt) * rs + h % rs) * rs + w % rs;
    return ((f / rt * (H / rs) + h / rs) * (W / rs) + w / rs) * (C * rt * rs * rs) + channel;
}

std::vector<double> definition(const Problem& p, const std::vector<double>& x, const std::vector<double>& w,
                               const Buffer<float>& bias, const Buffer<bf16>& residual) {
    std::vector<double> out(p.size_out());
    const int H = p.height_out(), W = p.width_out(), F = p.frames_out();
    for (size_t i = 0; i < out.size(); ++i) {
        const int o = int(i % p.out), ow = int(i / p.out % W), oh = int(i / p.out / W % H);
        const int f = int(i / p.out / W / H % F), b = int(i / p.out / W / H / F);
        double sum = bias[o];
        for (int tap = 0; tap < p.kt * p.kh * p.kw; ++tap) {
            const int source = p.taps[size_t(f * p.kt + tap / (p.kh * p.kw))];
            const int h = oh * p.stride + tap / p.kw % p.kh - p.kh / 2, v = ow * p.stride + tap % p.kw - p.kw / 2;
            if (source < 0 || h < 0 || h >= p.height || v < 0 || v >= p.width) continue;
            const double* a = &x[(((size_t(b) * p.frames + source) * p.height + h) * p.width + v) * p.in];
            const double* k = &w[(size_t(o) * p.kt * p.kh * p.kw + tap) * p.in];
            for (int c = 0; c < p.in; ++c) sum += a[c] * k[c];
        }
        if (p.activation == 1) sum = sum / (1 + std::exp(-sum));
        const size_t to = rearranged(p, i);
        out[to] = sum + (p.residual ? residual[to] : 0);
    }
    return out;
}

struct Tensors {
    Buffer<bf16> x, w, residual;
    Buffer<float> bias;
    Buffer<int> taps;
    explicit Tensors(const Problem& p)
        : x(normals<bf16>(size_t(p.batch) * p.frames * p.height * p.width * p.in, 1)),
          w(normals<bf16>(size_t(p.out) * p.kt * p.kh * p.kw * p.in, 2, 0.1)), residual(normals<bf16>(p.size_out(), 3)),
          bias(normals<float>(p.out, 4)), taps(buffer_of(p.taps)) {}
};

Buffer<bf16> run_sm90(const Problem& p, const Tensors& t, unsigned bn) {
    Buffer<bf16> out(p.size_out());
    const unsigned in = p.in, taps = p.kt * p.kh * p.kw;
    const CUtensorMap x = tensor_map(t.x, {{in, unsigned(p.width), unsigned(p.height), unsigned(p.frames), unsigned(p.batch)},
                                           {64, 16, 8, 1, 1}});
    const CUtensorMap w = tensor_map(t.w, {{in, taps, unsigned(p.out)}, {64, 1, bn}});
    const bf16* residual = p.residual ? t.residual.data() : nullptr;
    const int *frame_taps = t.taps.data(), tiles = (p.width_out() + 15) / 16 * ((p.height_out() + 7) / 8);
    launch(bn == 128 ? "conv3d_128" : "conv3d_16", Dim((p.out + bn - 1) / bn, tiles, p.batch * p.frames_out()), 384,
           bn == 128 ? 163920 : 92240, out.data(), x, w, t.bias.data(), residual, frame_taps, p.frames_out(),
           p.height_out(), p.width_out(), p.in, p.out, p.kt, p.kh, p.kw, p.kh / 2, p.kw / 2, p.activation, p.rearrange,
           p.rt, p.rs);
    return out;
}

Buffer<bf16> run_sm80(const Problem& p, const Tensors& t) {
    Buffer<bf16> out(p.size_out());
    const bf16* residual = p.residual ? t.residual.data() : nullptr;
    const int* frame_taps = t.taps.data();
    const int tiles = (p.height_out() * p.width_out() + 127) / 128;
    launch("conv3d_sm80", Dim((p.out + 127) / 128, tiles, p.batch * p.frames_out()), 256, 32768, out.data(), t.x.data(),
           t.w.data(), t.bias.data(), residual, frame_taps, p.frames, p.height, p.width, p.frames_out(), p.height_out(),
           p.width_out(), p.in, p.out, p.kt, p.kh, p.kw, p.stride, p.kh / 2, p.kw / 2, p.activation, p.rearrange, p.rt,
           p.rs);
    return out;
}

void matches_definition(const Problem& p) {
    const Tensors t(p);
    const std::vector<double> expected = definition(p, values(t.x), values(t.w), t.bias, t.residual);
    const std::string what = text("[%d, %d, %d, %d] -> %d", p.frames, p.height, p.width, p.in, p.out);
    expect_norm("sm80 " + what, run_sm80(p, t), expected, BOUND);
    if (p.stride != 1) return;
    if (p.out <= 24) expect_norm("16 " + what, run_sm90(p, t, 16), expected, BOUND);
    if (p.out > 16) expect_norm("128 " + what, run_sm90(p, t, 128), expected, BOUND);
}
} // namespace

TEST(one_pixel) { matches_definition(problem(1, 1, 1, 8, 3, 3, 3, 3)); }
TEST(ragged_picture_and_channels) { matches_definition(problem(1, 9, 19, 72, 130, 1, 3, 3)); }
TEST(rgb_padded_to_eight) { matches_definition(problem(1, 5, 17, 8, 40, 3, 3, 3)); }
TEST(three_outputs) { matches_definition(problem(1, 9, 7, 64, 3, 3, 3, 3)); }
TEST(picture_kernel) { matches_definition(problem(2, 5, 20, 24, 24, 1, 3, 3)); }
TEST(pointwise) { matches_definition(problem(3, 5, 5, 136, 24, 1, 1, 1)); }
TEST(stride_two) {
    Problem p = problem(1, 10, 21, 16, 20, 1, 3, 3);
    p.stride = 2;
    matches_definition(p);
}

TEST(frames_by_table) { // same, group-causal of 2 behind a lone first frame, zeros, streaming over two cached frames
    for (const std::vector<int>& taps : {std::vector<int>{0, 0, 1, 0, 1, 2, 1, 2, 2}, {0, 0, 0, 0, 1, 2, 1, 2, 2},
                                         {-1, 0, 1, 0, 1, 2, 1, 2, -1}, {0, 1, 2}}) {
        Problem p = problem(3, 4, 6, 8, 12, 3, 1, 3);
        p.taps = taps;
        matches_definition(p);
    }
}

TEST(samples_and_fused_silu_and_residual) {
    Problem p = problem(2, 6, 9, 16, 12, 3, 3, 3);
    p.batch = 2;
    p.activation = 1;
    p.residual = true;
    matches_definition(p);
}

TEST(pixel_shuffle_in_the_store) {
    Problem p = problem(2, 4, 6, 16, 48, 1, 3, 3);
    p.rearrange = 1;
    p.rt = p.rs = 2;
    p.residual = true;
    matches_definition(p);
}

TEST(pixel_unshuffle_in_the_store) {
    Problem p = problem(4, 4, 6, 16, 5, 1, 3, 3);
    p.rearrange = 2;
    p.rt = p.rs = 2;
    matches_definition(p);
}
