#include "dtypes.h"

namespace {
template <class T> std::vector<double> definition(const Buffer<T>& x, size_t dim) {
    std::vector<double> out(x.size());
    for (size_t row = 0; row < x.size(); row += dim) {
        double most = x[row], sum = 0;
        for (size_t i = 0; i < dim; ++i) most = std::max(most, x[row + i]);
        for (size_t i = 0; i < dim; ++i) sum += out[row + i] = std::exp(x[row + i] - most);
        for (size_t i = 0; i < dim; ++i) out[row + i] /= sum;
    }
    return out;
}

template <class T> Buffer<T> softmax(const Buffer<T>& x, size_t dim) {
    Buffer<T> out(x.size());
    launch(DType<T>::entry("softmax").c_str(), x.size() / dim, threads_for(dim, 32), 0, out.data(), x.data(), int(dim));
    return out;
}
template <class T> void matches(size_t rows, size_t dim) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim);
    const Tolerance tolerance{1e-6, DType<T>::rounding.relative};
    expect_close(text("[%zu, %zu]", rows, dim), softmax(x, dim), definition(x, dim), tolerance);
}
void matches_definition(size_t rows, size_t dim) {
    matches<bf16>(rows, dim);
    if (rows < 1000) matches<float>(rows, dim);
}
template <class T> void extremes_in() {
    const double inf = INFINITY;
    const double given[] = {-1e30, 1e30, 3e4, 3e4, -3e38, -3e38, -inf, 5, 1, 2};
    const std::vector<double> expected = {0, 1, 0.5, 0.5, 0.5, 0.5, 0, 1, 0.2689414213699951, 0.7310585786300049};
    Buffer<T> x(10);
    for (size_t i = 0; i < 10; ++i) assign(x.at(i), given[i]);
    expect_close("extremes", softmax(x, 2), expected, {0.0, DType<T>::rounding.relative});
}
} // namespace

TEST(one_value) { matches_definition(1, 1); }
TEST(odd_row_count) { matches_definition(257, 136); }
TEST(rows_of_an_odd_latent) { matches_definition(1519, 8); }
TEST(three_values) { matches_definition(29, 3); }
TEST(unaligned_rows) { matches_definition(13, 257); }
TEST(keys_of_an_odd_latent) { matches_definition(7, 1519); }
TEST(widest_row) { matches_definition(3, 16384); }
TEST(extremes) {
    extremes_in<bf16>();
    extremes_in<float>();
}
