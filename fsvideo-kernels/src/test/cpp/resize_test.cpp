#include "elements.h"

namespace {
struct Image { long long planes; int height, width, channels; };

// Weight of source pixel j for output pixel i, in F64, border clamped: the filter as Keys writes it.
double keys(double x) {
    const double a = -0.75;
    x = std::abs(x);
    if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
    return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
}
std::vector<std::vector<double>> filter(int in, int out, bool cubic) {
    std::vector<std::vector<double>> rows(static_cast<size_t>(out), std::vector<double>(static_cast<size_t>(in), 0.0));
    for (int i = 0; i < out; ++i) {
        std::vector<double>& row = rows[static_cast<size_t>(i)];
        if (!cubic) {
            row[static_cast<size_t>(std::floor((i + 0.5) * in / out))] = 1;
            continue;
        }
        const double centre = (i + 0.5) * in / out - 0.5;
        const int base = static_cast<int>(std::floor(centre));
        for (int j = base - 2; j <= base + 3; ++j) {
            row[static_cast<size_t>(std::max(0, std::min(in - 1, j)))] += keys(centre - j);
        }
    }
    return rows;
}
template <class T>
void matches_definition(const char* kernel, bool cubic, Image from, int out_height, int out_width, Tolerance tolerance) {
    const size_t c = static_cast<size_t>(from.channels), h = static_cast<size_t>(from.height);
    const size_t w = static_cast<size_t>(from.width), planes = static_cast<size_t>(from.planes);
    const size_t oh = static_cast<size_t>(out_height), ow = static_cast<size_t>(out_width);
    Buffer<T> x = scaled_rows<T>(planes, h * w * c, h + w), out(planes * oh * ow * c);
    const auto vertical = filter(from.height, out_height, cubic), horizontal = filter(from.width, out_width, cubic);
    std::vector<double> expected(out.size(), 0.0);
    for (size_t i = 0; i < out.size(); ++i) {
        const size_t p = i / c / ow / oh, y = i / c / ow % oh, column = i / c % ow;
        for (size_t a = 0; a < h; ++a) {
            if (vertical[y][a] == 0) continue;
            for (size_t b = 0; b < w; ++b) {
                if (horizontal[column][b] == 0) continue;
                expected[i] += vertical[y][a] * horizontal[column][b] * x[((p * h + a) * w + b) * c + i % c];
            }
        }
    }
    launch(kernel, blocks(planes * oh * ow * groups<T>(c), 256), 256, 0, out.data(), x.data(), from.planes, out_height,
           out_width, from.height, from.width, from.channels);
    expect_close(text("%s %zu x %zu to %zu x %zu", kernel, h, w, oh, ow), out, expected, tolerance);
}
// Bicubic sums cancel: absolute errors are F32 roundings of 16 terms, up to 4 for rows of scale 1 (none is scaled 1e3).
void both(Image from, int out_height, int out_width) {
    matches_definition<bf16>("resize_nearest", false, from, out_height, out_width, EXACT);
    matches_definition<float>("resize_nearest_f32", false, from, out_height, out_width, EXACT);
    matches_definition<bf16>("resize_bicubic", true, from, out_height, out_width, {1e-5, 4.1e-3});
    matches_definition<float>("resize_bicubic_f32", true, from, out_height, out_width, {5e-6, 1e-5});
}
} // namespace

TEST(one_pixel) { both({1, 1, 1, 3}, 1, 1); }
TEST(one_pixel_to_many) { both({1, 1, 1, 3}, 3, 5); }
TEST(twice_up) { both({2, 4, 5, 16}, 8, 10); }
TEST(odd_up) { both({1, 5, 7, 9}, 13, 11); }
TEST(down_without_antialiasing) { both({1, 17, 13, 3}, 4, 6); }
TEST(wide_channels) { both({2, 3, 2, 136}, 4, 5); }
TEST(row_of_257) { both({1, 2, 100, 3}, 1, 257); }
TEST(same_size_is_the_identity) {
    Buffer<bf16> x = normals<bf16>(6 * 7 * 8, 1), out(x.size());
    launch("resize_bicubic", 1, 256, 0, out.data(), x.data(), 1ll, 6, 7, 6, 7, 8);
    expect_close("identity", out, values(x), EXACT);
}
