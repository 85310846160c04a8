#include "dtypes.h"

namespace {
struct Shape { size_t batch, tokens, dim; };

template <class T>
std::vector<double> definition(const Buffer<T>& x, const Buffer<float>& shift, const Buffer<float>& scale, Shape s) {
    std::vector<double> out(x.size());
    for (size_t token = 0; token < s.batch * s.tokens; ++token) {
        const size_t row = token * s.dim, entry = token / s.tokens * s.dim;
        double mean = 0, variance = 0;
        for (size_t i = 0; i < s.dim; ++i) mean += x[row + i] / double(s.dim);
        for (size_t i = 0; i < s.dim; ++i) variance += (x[row + i] - mean) * (x[row + i] - mean) / double(s.dim);
        for (size_t i = 0; i < s.dim; ++i) {
            const double y = (x[row + i] - mean) / std::sqrt(variance + 1e-6);
            out[row + i] = y * (1.0 + scale[entry + i]) + shift[entry + i];
        }
    }
    return out;
}

template <class T, class Out> void matches(const char* entry, Shape s, double offset) {
    const size_t rows = s.batch * s.tokens;
    Buffer<T> x = scaled_rows<T>(rows, s.dim, rows + s.dim);
    Buffer<Out> out(rows * s.dim);
    for (size_t i = 0; i < x.size() && offset != 0; ++i) assign(x.at(i), x[i] + offset);
    Buffer<float> shift = normals<float>(s.batch * s.dim, 2), scale = normals<float>(s.batch * s.dim, 3);
    launch(entry, Dim(s.tokens, s.batch), threads_for(s.dim, 32), 0, out.data(),
           x.data(), shift.data(), scale.data(), int(s.dim), 1e-6f);
    // The shift may cancel the product of up to five by five standard deviations.
    Tolerance tolerance = DType<Out>::rounding;
    tolerance.absolute = 1e-5;
    expect_close(text("[%zu, %zu, %zu]", s.batch, s.tokens, s.dim), out, definition(x, shift, scale, s), tolerance);
}
void matches_definition(Shape s) {
    matches<bf16, bf16>("modulated_norm", s, 0);
    if (s.tokens < 1000) matches<float, float>("modulated_norm_f32", s, 0);
    if (s.tokens < 100) matches<float, bf16>("modulated_norm_f32_bf16", s, 0);
}
} // namespace

TEST(one_token) { matches_definition({1, 1, 8}); }
TEST(odd_token_count) { matches_definition({2, 257, 136}); }
TEST(tokens_of_an_odd_latent) { matches_definition({1, 1519, 64}); }
TEST(width_of_the_model) { matches_definition({2, 3, 5120}); }
TEST(unaligned_rows) { matches_definition({3, 5, 77}); }
TEST(one_channel) { matches_definition({2, 3, 1}); }
TEST(widest_row) { matches_definition({1, 2, 8192}); }
TEST(mean_far_from_zero) { matches<bf16, bf16>("modulated_norm", {1, 4, 1032}, 64.0); }
