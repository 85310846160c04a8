#include "elements.h"

namespace {
// In list order and without fused multiply-add, so that F32 results have the CPU's bits.
template <class T> void matches_definition(const char* kernel, size_t count, int n) {
    PointerArray terms{};
    FloatArray weights{};
    std::vector<Buffer<T>> inputs;
    for (int i = 0; i < n; ++i) {
        inputs.push_back(scaled_rows<T>(count, 1, static_cast<uint64_t>(i) + count));
        terms.v[i] = inputs.back().data();
        weights.v[i] = static_cast<float>(1.37 - 0.61 * i);
    }
    Buffer<T> out(count);
    std::vector<T> expected(count);
    for (size_t i = 0; i < count; ++i) {
        float sum = weights.v[0] * static_cast<float>(inputs[0][i]);
        for (int t = 1; t < n; ++t) {
            const float product = weights.v[t] * static_cast<float>(inputs[static_cast<size_t>(t)][i]);
            sum = sum + product;
        }
        assign(expected[i], sum);
    }
    launch(kernel, blocks(groups<T>(count), 256), 256, 0, out.data(), terms, weights, n,
           static_cast<long long>(count));
    expect_bits(text("%s %zu of %d", kernel, count, n), out, expected);
}
void both(size_t count, int n) {
    matches_definition<bf16>("weighted_sum", count, n);
    matches_definition<float>("weighted_sum_f32", count, n);
}
} // namespace

TEST(one_value_one_term) { both(1, 1); }
TEST(sampler_step_with_guidance) { both(257 * 16, 3); }
TEST(eight_terms_odd_count) { both(1519, 8); }
TEST(two_terms_of_a_whole_block) { both(2048, 2); }
TEST(terms_after_the_last_are_not_read) { both(9, 7); }
TEST(agrees_with_float64) {
    Buffer<float> a = normals<float>(1519, 1), b = normals<float>(1519, 2), out(1519);
    std::vector<double> expected(1519);
    for (size_t i = 0; i < 1519; ++i) expected[i] = 2.5 * a[i] - 1.5 * b[i];
    launch("weighted_sum_f32", 2, 256, 0, out.data(), PointerArray{{a.data(), b.data()}}, FloatArray{{2.5f, -1.5f}}, 2,
           1519ll);
    expect_close("2.5 a - 1.5 b", out, expected, FLOAT32);
}
