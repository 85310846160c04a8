#include "dtypes.h"

namespace {
template <class T> std::vector<double> definition(const Buffer<T>& x, const Buffer<float>& weight, double eps) {
    std::vector<double> out(x.size());
    const size_t dim = weight.size();
    for (size_t row = 0; row < x.size(); row += dim) {
        double square = 0;
        for (size_t i = 0; i < dim; ++i) square += x[row + i] * x[row + i] / double(dim);
        for (size_t i = 0; i < dim; ++i) out[row + i] = x[row + i] / std::sqrt(square + eps) * weight[i];
    }
    return out;
}

template <class T> void matches(size_t rows, size_t dim, float eps) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim), out(rows * dim);
    Buffer<float> weight = normals<float>(dim, 2);
    launch(DType<T>::entry("rms_norm").c_str(), rows, threads_for(dim, 32), 0, out.data(), x.data(), weight.data(),
           int(dim), eps);
    expect_close(text("[%zu, %zu]", rows, dim), out, definition(x, weight, double(eps)), DType<T>::rounding);
}
void matches_definition(size_t rows, size_t dim, float eps = 1e-6f) {
    matches<bf16>(rows, dim, eps);
    if (rows < 1000) matches<float>(rows, dim, eps);
}
} // namespace

TEST(one_token) { matches_definition(1, 8); }
TEST(odd_row_count) { matches_definition(257, 136); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64); }
TEST(width_of_the_model) { matches_definition(5, 5120); }
TEST(width_of_the_text_encoder) { matches_definition(5, 4096, 1e-5f); }
TEST(unaligned_rows) { matches_definition(33, 77); }
TEST(one_channel) { matches_definition(12, 1, 1e-5f); }
TEST(widest_row) { matches_definition(4, 8192); }
