#include "dtypes.h"

namespace {
struct Shape { size_t batch, tokens, dim; };

enum class Gate { GIVEN, NONE };

template <class T, class Y> void matches(const char* entry, Shape s, Gate given = Gate::GIVEN) {
    const size_t rows = s.batch * s.tokens;
    Buffer<T> x = scaled_rows<T>(rows, s.dim, rows + s.dim), out(rows * s.dim);
    Buffer<Y> y = normals<Y>(rows * s.dim, 3);
    Buffer<float> gate = normals<float>(s.batch * s.dim, 2);
    float* const factors = given == Gate::GIVEN ? gate.data() : nullptr;
    launch(entry, Dim(s.tokens, s.batch), threads_for(std::min<size_t>(s.dim, 2048), 8), 0, out.data(), x.data(), factors,
           y.data(), int(s.dim));
    std::vector<double> expected(rows * s.dim);
    for (size_t i = 0; i < expected.size(); ++i) {
        const double factor = factors ? double(gate[i / s.dim / s.tokens * s.dim + i % s.dim]) : 1.0;
        expected[i] = x[i] + factor * y[i];
    }
    // Product and sum round at up to 25; x of 1e3 may cancel nothing of that size.
    Tolerance tolerance = DType<T>::rounding;
    tolerance.absolute = 5e-6;
    expect_close(text("[%zu, %zu, %zu]", s.batch, s.tokens, s.dim), out, expected, tolerance);
}
void matches_definition(Shape s) {
    matches<bf16, bf16>("gated_add", s);
    if (s.tokens < 1000) matches<float, float>("gated_add_f32", s);
    if (s.tokens < 100) matches<float, bf16>("gated_add_f32_bf16", s);
}
} // namespace

TEST(one_token) { matches_definition({1, 1, 8}); }
TEST(odd_token_count) { matches_definition({2, 257, 136}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 64}); }
TEST(width_of_the_model) { matches_definition({2, 3, 5120}); }
TEST(unaligned_rows) { matches_definition({3, 5, 77}); }
TEST(one_channel) { matches_definition({2, 3, 1}); }
TEST(without_gate) {
    matches<bf16, bf16>("gated_add", {2, 3, 136}, Gate::NONE);
    matches<float, float>("gated_add_f32", {2, 3, 77}, Gate::NONE);
    matches<float, bf16>("gated_add_f32_bf16", {2, 3, 136}, Gate::NONE);
}
