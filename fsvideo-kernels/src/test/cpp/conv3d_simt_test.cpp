#include "test.h"

namespace {
const char* name(float) { return "f32"; }
const char* name(bf16) { return "bf16"; }

struct Problem {
    int batch, frames_in, height_in, width_in, groups, group_in, group_out, kt, kh, kw, stride, top, left, bottom, right;
    std::vector<int> taps; // [output frames, kt]
    bool channels_first;   // weights as [out, in, taps], else [out, taps, in]
    int frames() const { return int(taps.size()) / kt; }
    int height() const { return (height_in + top + bottom - kh) / stride + 1; }
    int width() const { return (width_in + left + right - kw) / stride + 1; }
};

template <class X, class W> void matches_definition(const Problem& p) {
    const int in = p.groups * p.group_in, out_channels = p.groups * p.group_out, taps = p.kt * p.kh * p.kw;
    Buffer<X> x = scaled_rows<X>(size_t(p.batch) * p.frames_in * p.height_in * p.width_in, size_t(in), 1);
    Buffer<X> out(size_t(p.batch) * p.frames() * p.height() * p.width() * out_channels);
    Buffer<W> w = normals<W>(size_t(out_channels) * taps * p.group_in, 2);
    Buffer<float> bias = normals<float>(size_t(out_channels), 3);
    Buffer<int> table(p.taps.size());
    for (size_t i = 0; i < table.size(); ++i) table.at(i) = p.taps[i];
    const long long w_out = static_cast<long long>(taps) * p.group_in, w_tap = p.channels_first ? 1 : p.group_in;
    const long long w_in = p.channels_first ? taps : 1;
    const std::string entry = std::string("conv3d_simt_") + name(X()) + "_" + name(W());
    launch(entry.c_str(), Dim((out.size() / out_channels + 63) / 64, (p.group_out + 63) / 64, p.groups), 256, 0,
           out.data(), x.data(), w.data(), bias.data(), table.data(), p.batch, p.frames_in, p.height_in, p.width_in,
           p.frames(), p.height(), p.width(), p.group_in, p.group_out, p.kt, p.kh, p.kw, p.stride, p.top, p.left, w_out,
           w_tap, w_in, 4);
    for (size_t i = 0; i < out.size(); ++i) {
        const int o = int(i % out_channels), ow = int(i / out_channels % p.width());
        const int oh = int(i / out_channels / p.width() % p.height());
        const int f = int(i / out_channels / p.width() / p.height() % p.frames());
        const int b = int(i / out_channels / p.width() / p.height() / p.frames());
        double sum = bias[size_t(o)], magnitude = std::abs(sum);
        for (int tap = 0; tap < taps; ++tap) {
            const int source = p.taps[size_t(f * p.kt + tap / (p.kh * p.kw))];
            const int h = oh * p.stride + tap / p.kw % p.kh - p.top, v = ow * p.stride + tap % p.kw - p.left;
            if (source < 0 || h < 0 || h >= p.height_in || v < 0 || v >= p.width_in) continue;
            const size_t pixel = ((size_t(b) * p.frames_in + source) * p.height_in + h) * p.width_in + v;
            for (int c = 0; c < p.group_in; ++c) {
                const double term = x[pixel * in + o / p.group_out * p.group_in + c] * w[o * w_out + tap * w_tap + c * w_in];
                sum += term;
                magnitude += std::abs(term);
            }
        }
        const double expected = sum > 0 ? sum : 0;
        const double allowed = 4 * std::sqrt(taps * p.group_in + 1.0) * 6e-8 * magnitude +
                               (sizeof(X) == 2 ? 3.95e-3 : 6e-8) * std::abs(expected);
        if (!(std::abs(out[i] - expected) <= allowed)) {
            throw TestFailure(text("%s: [%zu] expected %.9g, got %.9g", entry.c_str(), i, expected, out[i]));
        }
    }
}
void every_type(const Problem& p) {
    matches_definition<float, float>(p);
    matches_definition<float, bf16>(p);
    matches_definition<bf16, float>(p);
    matches_definition<bf16, bf16>(p);
}
} // namespace

TEST(one_pixel) { every_type({1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 0, 0, 0, 0, {0}, false}); }
TEST(causal_volume) { every_type({2, 3, 5, 6, 1, 13, 70, 3, 3, 3, 1, 1, 1, 1, 1, {0, 0, 0, 0, 0, 1, 0, 1, 2}, false}); }
TEST(groups) { every_type({1, 2, 3, 5, 6, 4, 8, 1, 1, 1, 1, 0, 0, 0, 0, {0, 1}, false}); }
TEST(depthwise) { every_type({1, 1, 4, 7, 12, 1, 2, 1, 3, 3, 2, 0, 0, 1, 1, {0}, true}); }
TEST(stride_and_uneven_padding) { every_type({1, 2, 10, 11, 3, 4, 8, 1, 3, 3, 3, 1, 0, 0, 2, {1, 0}, true}); }
TEST(frames_of_zeros_without_input) { every_type({1, 0, 2, 2, 1, 3, 2, 2, 3, 3, 1, 1, 1, 1, 1, {-1, -1}, false}); }
