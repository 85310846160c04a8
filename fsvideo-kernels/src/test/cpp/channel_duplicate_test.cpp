#include "elements.h"

namespace {
template <class T> void matches_definition(const char* kernel, size_t channels, int n) {
    Buffer<T> x = normals<T>(channels, channels), out(channels * static_cast<size_t>(n));
    std::vector<T> expected(out.size());
    for (size_t i = 0; i < expected.size(); ++i) expected[i] = x.at(i / static_cast<size_t>(n));
    launch(kernel, blocks(groups<T>(out.size()), 256), 256, 0, out.data(), x.data(), n,
           static_cast<long long>(out.size()));
    expect_bits(text("%s %zu by %d", kernel, channels, n), out, expected);
}
void both(size_t channels, int n) {
    matches_definition<bf16>("channel_duplicate", channels, n);
    matches_definition<float>("channel_duplicate_f32", channels, n);
}
} // namespace

TEST(one_channel) { both(1, 1); }
TEST(twice) { both(1519, 2); }
TEST(four_times) { both(257 * 8, 4); }
TEST(three_times) { both(1519, 3); }
TEST(more_than_a_group) { both(33, 64); }
TEST(once) { both(257, 1); }
