#include "dtypes.h"

namespace {
enum { NONE, SILU };

template <class T> void matches(size_t rows, size_t dim, bool with_bias, int activation) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows);
    Buffer<float> bias = normals<float>(dim, 2);
    std::vector<double> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const double sum = x[i] + (with_bias ? bias[i % dim] : 0);
        expected[i] = activation == SILU ? sum / (1 + std::exp(-sum)) : sum;
    }
    launch(DType<T>::entry("bias_activation").c_str(), rows, threads_for(dim, 32), 0, x.data(),
           with_bias ? bias.data() : nullptr, int(dim), activation);
    expect_close(text("[%zu, %zu]", rows, dim), x, expected, DType<T>::rounding);
}
void both(size_t rows, size_t dim) {
    for (bool with_bias : {false, true}) {
        for (int activation : {NONE, SILU}) {
            matches<bf16>(rows, dim, with_bias, activation);
            matches<float>(rows, dim, with_bias, activation);
        }
    }
}
} // namespace

TEST(one_value) { both(1, 1); }
TEST(odd_row_count) { both(257, 136); }
TEST(tokens_of_an_odd_latent) { matches<bf16>(1519, 9, true, SILU); }
TEST(last_group_not_whole) { both(7, 293); }
TEST(width_of_the_model) { both(2, 5120); }
