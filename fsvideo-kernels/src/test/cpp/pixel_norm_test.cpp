#include "dtypes.h"

namespace {
template <class T>
std::vector<double> definition(const Buffer<T>& x, const float* weight, const float* bias, size_t dim, double eps) {
    std::vector<double> out(x.size());
    for (size_t row = 0; row < x.size(); row += dim) {
        double square = 0;
        for (size_t i = 0; i < dim; ++i) square += x[row + i] * x[row + i] / double(dim);
        for (size_t i = 0; i < dim; ++i) {
            out[row + i] = x[row + i] / std::sqrt(square + eps) * (weight ? weight[i] : 1.0) + (bias ? bias[i] : 0.0);
        }
    }
    return out;
}

size_t lanes_of(size_t channels) {
    size_t lanes = 1;
    while (lanes < 32 && lanes * 32 < channels) lanes *= 2;
    return lanes;
}

template <class T> void matches(size_t rows, size_t channels, bool scaled, bool shifted) {
    Buffer<T> x = scaled_rows<T>(rows, channels, rows + channels), out(rows * channels);
    Buffer<float> weight = normals<float>(channels, 2), bias = normals<float>(channels, 3);
    float* const w = scaled ? weight.data() : nullptr;
    float* const b = shifted ? bias.data() : nullptr;
    launch(DType<T>::entry("pixel_norm").c_str(), (rows * lanes_of(channels) + 255) / 256, 256, 0, out.data(), x.data(),
           w, b, int(rows), int(channels), 1e-6f);
    // A bias may cancel the product, so errors are relative to the product: at most 4 x 4 standard deviations.
    Tolerance tolerance = DType<T>::rounding;
    if (shifted) tolerance.absolute += sizeof(T) == 2 ? 0.0 : 1e-5;
    expect_close(text("[%zu, %zu]", rows, channels), out, definition(x, w, b, channels, 1e-6), tolerance);
}
void matches_definition(size_t rows, size_t channels, bool scaled = true, bool shifted = true) {
    matches<bf16>(rows, channels, scaled, shifted);
    if (rows * channels < 100000) matches<float>(rows, channels, scaled, shifted);
}
} // namespace

TEST(one_pixel) { matches_definition(1, 8); }
TEST(odd_pixel_count) { matches_definition(257, 136); }
TEST(pixels_of_an_odd_latent) { matches_definition(1519, 128); }
TEST(three_channels) { matches_definition(1519, 3); }
TEST(one_channel) { matches_definition(5, 1); }
TEST(weight_only) { matches_definition(33, 512, true, false); }
TEST(bias_only) { matches_definition(33, 512, false, true); }
TEST(without_parameters) { matches_definition(257, 256, false, false); }
TEST(most_channels_in_registers) { matches_definition(7, 1024); }
TEST(more_channels_than_registers) { matches_definition(5, 2500); }
