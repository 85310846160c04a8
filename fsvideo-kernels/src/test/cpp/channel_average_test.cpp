#include "elements.h"

namespace {
template <class T> void matches_definition(const char* kernel, size_t count, int n, Tolerance tolerance) {
    const size_t size = static_cast<size_t>(n);
    Buffer<T> x = scaled_rows<T>(count, size, count + size), out(count);
    std::vector<double> expected(count, 0.0);
    for (size_t i = 0; i < x.size(); ++i) expected[i / size] += x[i] / n;
    launch(kernel, blocks(groups<T>(count), 256), 256, 0, out.data(), x.data(), n, static_cast<long long>(count));
    expect_close(text("%s %zu of %d", kernel, count, n), out, expected, tolerance);
}
// Means cancel: the absolute part is F32 rounding of sums of values up to 4e3, n 2^-24 of them.
void both(size_t count, int n) {
    const Tolerance sum{4e3 * n * 6e-8, 1e-5};
    matches_definition<bf16>("channel_average", count, n, {sum.absolute, 4.1e-3});
    matches_definition<float>("channel_average_f32", count, n, sum);
}
} // namespace

TEST(one_channel) { both(1, 1); }
TEST(halves) { both(1519, 2); }
TEST(quarters) { both(257 * 8, 4); }
TEST(eighths) { both(257, 8); }
TEST(odd_groups) { both(1519, 3); }
TEST(wide_groups) { both(33, 40); }
TEST(groups_of_no_vector) { both(257, 21); }
TEST(small_rows_keep_their_digits) {
    Buffer<float> x = normals<float>(514, 4, 1e-3), out(257);
    std::vector<double> expected(257);
    for (size_t i = 0; i < 257; ++i) expected[i] = (x[2 * i] + x[2 * i + 1]) / 2;
    launch("channel_average_f32", 1, 256, 0, out.data(), x.data(), 2, 257ll);
    expect_close("1e-3", out, expected, {1e-9, 1e-5});
}
