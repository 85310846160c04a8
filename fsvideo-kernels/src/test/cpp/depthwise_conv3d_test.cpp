#include "elements.h"

namespace {
struct Case { int batch, frames, height, width, channels, top, bottom, left, right; };
struct Kernel { int t, h, w; };

std::vector<int> clamped_taps(int outputs, int kernel, int first, int frames) {
    std::vector<int> taps;
    for (int t = 0; t < outputs; ++t) {
        for (int k = 0; k < kernel; ++k) taps.push_back(std::max(0, std::min(frames - 1, t + first + k)));
    }
    return taps;
}

template <class T>
void matches_definition(const char* name, Kernel k, Case s, const std::vector<int>& taps, bool with_bias) {
    const int frames = static_cast<int>(taps.size()) / k.t, oh = s.height + s.top + s.bottom - k.h + 1;
    const int ow = s.width + s.left + s.right - k.w + 1;
    const Shape from({s.batch, s.frames, s.height, s.width, s.channels}), to({s.batch, frames, oh, ow, s.channels});
    const Shape kernel({k.t, k.h, k.w, s.channels});
    Buffer<T> x = scaled_rows<T>(from.count() / size_t(s.channels), size_t(s.channels), 1), out(to.count());
    Buffer<T> weight = normals<T>(kernel.count(), 2);
    Buffer<float> bias = normals<float>(size_t(s.channels), 3);
    Buffer<int> table(taps.size());
    for (size_t i = 0; i < taps.size(); ++i) table.at(i) = taps[i];
    std::vector<double> expected(out.size()), magnitude(out.size());
    for (size_t i = 0; i < out.size(); ++i) {
        const Sizes at = to.position(i);
        double sum = with_bias ? bias[size_t(at[4])] : 0, terms = std::abs(sum);
        for (long long a = 0; a < k.t; ++a) {
            const long long frame = taps[size_t(at[1] * k.t + a)];
            for (long long b = 0; b < k.h; ++b) {
                for (long long c = 0; c < k.w; ++c) {
                    const long long y = at[2] + b - s.top, column = at[3] + c - s.left;
                    if (frame < 0 || y < 0 || y >= s.height || column < 0 || column >= s.width) continue;
                    const double term = x[from.index({at[0], frame, y, column, at[4]})] * weight[kernel.index({a, b, c, at[4]})];
                    sum += term;
                    terms += std::abs(term);
                }
            }
        }
        expected[i] = sum;
        magnitude[i] = terms;
    }
    const size_t threads = to.count() / size_t(ow) / size_t(s.channels) * blocks(size_t(ow), 4) * groups<T>(size_t(s.channels));
    launch(name, blocks(threads, 256), 256, 0, out.data(), x.data(), weight.data(), with_bias ? bias.data() : nullptr,
           table.data(), s.batch, s.frames, s.height, s.width, s.channels, frames, oh, ow, s.top, s.left);
    // At most 28 additions, each off by 2^-24 of the sum of magnitudes; then one rounding to T.
    for (size_t i = 0; i < out.size(); ++i) {
        const double allowed = 28 * 6e-8 * magnitude[i] + (sizeof(T) == 2 ? 3.95e-3 : 6e-8) * std::abs(expected[i]);
        if (!(std::abs(out[i] - expected[i]) <= allowed)) {
            throw TestFailure(text("%s [%d, %d, %d, %d, %d]: [%zu] expected %.9g, got %.9g", name, s.batch, s.frames,
                                   s.height, s.width, s.channels, i, expected[i], out[i]));
        }
    }
}
void both(const std::string& name, Kernel k, Case s, const std::vector<int>& taps, bool with_bias) {
    matches_definition<bf16>(name.c_str(), k, s, taps, with_bias);
    matches_definition<float>((name + "_f32").c_str(), k, s, taps, with_bias);
}
void spatial(Case s, bool with_bias) {
    both("depthwise_conv3d_1x5x5", {1, 5, 5}, s, clamped_taps(s.frames, 1, 0, s.frames), with_bias);
}
void picture(Case s, bool with_bias) {
    both("depthwise_conv3d_1x3x3", {1, 3, 3}, s, clamped_taps(s.frames, 1, 0, s.frames), with_bias);
}
void volume(Case s, const std::vector<int>& taps, bool with_bias) {
    both("depthwise_conv3d_3x3x3", {3, 3, 3}, s, taps, with_bias);
}
} // namespace

TEST(one_pixel) {
    spatial({1, 1, 1, 1, 8, 2, 2, 2, 2}, true);
    picture({1, 1, 1, 1, 8, 1, 1, 1, 1}, true);
    volume({1, 1, 1, 1, 8, 1, 1, 1, 1}, clamped_taps(1, 3, -2, 1), true);
}
TEST(three_by_three) { picture({2, 3, 7, 9, 24, 1, 1, 1, 1}, true); }
TEST(five_by_five) { spatial({2, 3, 7, 9, 24, 2, 2, 2, 2}, true); }
TEST(odd_channels) {
    spatial({1, 2, 5, 6, 37, 2, 2, 2, 2}, false);
    picture({1, 2, 5, 6, 37, 1, 1, 1, 1}, false);
}
TEST(causal) { volume({2, 4, 5, 7, 16, 1, 1, 1, 1}, clamped_taps(4, 3, -2, 4), true); }
TEST(same_in_time) { volume({1, 5, 4, 6, 11, 1, 1, 1, 1}, clamped_taps(5, 3, -1, 5), false); }
TEST(frames_of_zeros) { volume({1, 3, 4, 5, 8, 1, 1, 1, 1}, {-1, 0, 1, 0, 1, 2, 1, 2, -1}, true); }
TEST(streaming_two_frames_behind) { volume({1, 6, 3, 5, 8, 1, 1, 1, 1}, {0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5}, true); }
TEST(no_padding) { volume({1, 3, 5, 8, 8, 0, 0, 0, 0}, {0, 1, 2}, false); }
TEST(uneven_padding) { volume({1, 2, 3, 4, 8, 2, 0, 0, 2}, clamped_taps(2, 3, -2, 2), true); }
TEST(long_row) { spatial({1, 1, 2, 257, 3, 2, 2, 2, 2}, true); }
