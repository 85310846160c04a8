#include "dtypes.h"

namespace {
template <class T> void matches(size_t rows, size_t dim, size_t width, float eps) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim), out(rows * dim);
    Buffer<float> weight = normals<float>(dim, 2);
    std::vector<float> whole(rows);
    std::vector<double> expected(rows * dim);
    for (size_t row = 0; row < rows; ++row) {
        double sum = 0; // the other columns have as many squares per column as these, and one more
        for (size_t i = 0; i < dim; ++i) sum += double(x[row * dim + i]) * double(x[row * dim + i]);
        whole[row] = float(sum * double(width) / double(dim) + (row % 2 ? 1.0 : 0.0));
        for (size_t i = 0; i < dim; ++i) {
            const double root = std::sqrt(double(whole[row]) / double(width) + double(eps));
            expected[row * dim + i] = double(x[row * dim + i]) / root * double(weight[i]);
        }
    }
    Buffer<float> squares = buffer_of(whole);
    launch(DType<T>::entry("rms_scale").c_str(), rows, threads_for(std::min<size_t>(dim, 2048), 8), 0, out.data(), x.data(), squares.data(),
           weight.data(), int(dim), int(width), eps);
    expect_close(text("[%zu, %zu] of %zu", rows, dim, width), out, expected, DType<T>::rounding);
}
void matches_definition(size_t rows, size_t dim, size_t width, float eps = 1e-6f) {
    matches<bf16>(rows, dim, width, eps);
    if (rows < 1000) matches<float>(rows, dim, width, eps);
}
} // namespace

TEST(one_token) { matches_definition(1, 8, 16); }
TEST(odd_row_count) { matches_definition(257, 136, 408); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64, 128); }
TEST(half_the_width_of_the_model) { matches_definition(5, 2560, 5120); }
TEST(unaligned_rows) { matches_definition(33, 77, 154, 1e-5f); }
TEST(one_channel) { matches_definition(12, 1, 2, 1e-5f); }
TEST(the_whole_row) { matches_definition(4, 8192, 8192); }
TEST(wider_than_a_block_reads_at_once) { matches_definition(3, 9001, 18002); }
