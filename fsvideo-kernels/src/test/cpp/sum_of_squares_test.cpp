#include "dtypes.h"

namespace {
template <class T> void matches(size_t rows, size_t dim) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim);
    Buffer<float> out(rows);
    std::vector<double> expected(rows);
    for (size_t i = 0; i < rows * dim; ++i) expected[i / dim] += double(x[i]) * double(x[i]);
    launch(DType<T>::entry("sum_of_squares").c_str(), rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out.data(), x.data(), int(dim));
    expect_close(text("[%zu, %zu]", rows, dim), out, expected, DType<float>::rounding);
}
void matches_definition(size_t rows, size_t dim) {
    matches<bf16>(rows, dim);
    if (rows < 1000) matches<float>(rows, dim);
}
} // namespace

TEST(one_token) { matches_definition(1, 8); }
TEST(odd_row_count) { matches_definition(257, 136); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64); }
TEST(half_the_width_of_the_model) { matches_definition(5, 2560); }
TEST(unaligned_rows) { matches_definition(33, 77); }
TEST(one_channel) { matches_definition(12, 1); }
TEST(wider_than_a_block_reads_at_once) { matches_definition(3, 9001); }
