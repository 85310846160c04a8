#include "dtypes.h"

namespace {
template <class T>
std::vector<double> definition(const Buffer<T>& x, const float* weight, const float* bias, size_t dim, double eps) {
    std::vector<double> out(x.size());
    for (size_t row = 0; row < x.size(); row += dim) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < dim; ++i) mean += x[row + i] / double(dim);
        for (size_t i = 0; i < dim; ++i) variance += (x[row + i] - mean) * (x[row + i] - mean) / double(dim);
        for (size_t i = 0; i < dim; ++i) {
            const double y = (x[row + i] - mean) / std::sqrt(variance + eps);
            out[row + i] = weight ? y * weight[i] + bias[i] : y;
        }
    }
    return out;
}

template <class T, class Out> void matches(const char* entry, size_t rows, size_t dim, bool affine) {
    Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim);
    Buffer<Out> out(rows * dim);
    Buffer<float> weight = normals<float>(dim, 2), bias = normals<float>(dim, 3);
    float* const w = affine ? weight.data() : nullptr;
    float* const b = affine ? bias.data() : nullptr;
    launch(entry, rows, 128, 0, out.data(), x.data(), w, b, int(dim), 1e-6f);
    // The bias may cancel the product.
    Tolerance tolerance = DType<Out>::rounding;
    tolerance.absolute = 1e-5;
    expect_close(text("[%zu, %zu]", rows, dim), out, definition(x, w, b, dim, 1e-6), tolerance);
}
void matches_definition(size_t rows, size_t dim, bool affine) {
    matches<bf16, bf16>("layer_norm", rows, dim, affine);
    if (rows < 1000) matches<float, float>("layer_norm_f32", rows, dim, affine);
    if (rows < 100) matches<float, bf16>("layer_norm_f32_bf16", rows, dim, affine);
}
} // namespace

TEST(one_token) { matches_definition(1, 8, true); }
TEST(odd_row_count) { matches_definition(257, 136, true); }
TEST(tokens_of_an_odd_latent) { matches_definition(1519, 64, true); }
TEST(width_of_the_model) { matches_definition(5, 5120, true); }
TEST(without_parameters) { matches_definition(33, 1032, false); }
TEST(unaligned_rows) { matches_definition(7, 77, true); }
TEST(one_channel) { matches_definition(3, 1, true); }
TEST(widest_row) { matches_definition(2, 8192, true); }
