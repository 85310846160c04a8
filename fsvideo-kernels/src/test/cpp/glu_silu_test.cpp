#include "dtypes.h"

namespace {
template <class T> void matches(size_t rows, size_t dim) {
    Buffer<T> x = scaled_rows<T>(rows, 2 * dim, rows + dim), out(rows * dim);
    launch(DType<T>::entry("glu_silu").c_str(), rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out.data(),
           x.data(), int(dim));
    std::vector<double> expected(rows * dim);
    for (size_t i = 0; i < expected.size(); ++i) {
        const size_t at = i / dim * 2 * dim + i % dim;
        expected[i] = x[at] * x[at + dim] / (1.0 + std::exp(-x[at + dim]));
    }
    expect_close(text("[%zu, %zu]", rows, dim), out, expected, {1e-6, DType<T>::rounding.relative});
}
void matches_definition(size_t rows, size_t dim) {
    matches<bf16>(rows, dim);
    if (rows < 1000) matches<float>(rows, dim);
}
} // namespace

TEST(one_value) { matches_definition(1, 1); }
TEST(odd_row_count) { matches_definition(257, 68); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64); }
TEST(unaligned_rows) { matches_definition(7, 293); }
TEST(half_of_no_whole_group) { matches_definition(9, 3); }
TEST(wide_row) { matches_definition(5, 5120); }
