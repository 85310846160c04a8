#include "dtypes.h"

namespace {
enum Kind { NONE, SILU, GELU_TANH, GELU_ERF, RELU };

double definition(double x, int kind) {
    switch (kind) {
        case SILU: return x / (1.0 + std::exp(-x));
        case GELU_TANH: return 0.5 * x * (1.0 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
        case GELU_ERF: return 0.5 * x * (1.0 + std::erf(x * 0.7071067811865476));
        case RELU: return std::max(x, 0.0);
        default: return x;
    }
}

template <class T> void matches(const Buffer<T>& x) {
    for (int kind = NONE; kind <= RELU; ++kind) {
        Buffer<T> out(x.size());
        launch(DType<T>::entry("activation").c_str(), (x.size() + 2047) / 2048, 256, 0, out.data(), x.data(),
               static_cast<long long>(x.size()), kind);
        std::vector<double> expected(x.size());
        for (size_t i = 0; i < x.size(); ++i) expected[i] = definition(x[i], kind);
        expect_close(text("kind %d of %zu", kind, x.size()), out, expected, {1e-6, DType<T>::rounding.relative});
    }
}
void matches_definition(size_t rows, size_t dim) {
    matches(scaled_rows<bf16>(rows, dim, rows));
    matches(scaled_rows<float>(rows, dim, rows));
}
// A fine grid over the bend, and values where exp or x^3 leave F32.
template <class T> void grid_and_extremes_in() {
    const double extremes[] = {0.0, -0.0, 1e-30, -1e-30, 100, -100, 1e4, -1e4, 1e30, -1e30};
    Buffer<T> x(4096 + 10);
    for (size_t i = 0; i < 4096; ++i) assign(x.at(i), (double(i) - 2048) / 128);
    for (size_t i = 0; i < 10; ++i) assign(x.at(4096 + i), extremes[i]);
    matches(x);
}
} // namespace

TEST(one_value) { matches_definition(1, 1); }
TEST(odd_row_count) { matches_definition(257, 136); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 9); }
TEST(last_group_not_whole) { matches_definition(7, 293); }
TEST(grid_and_extremes) {
    grid_and_extremes_in<bf16>();
    grid_and_extremes_in<float>();
}
