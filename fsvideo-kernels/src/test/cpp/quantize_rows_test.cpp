#include "dtypes.h"

namespace {
struct Quantized { Buffer<uint8_t> codes; Buffer<float> scales; };

template <class T> Quantized quantize(const Buffer<T>& x, size_t dim) {
    Quantized q{Buffer<uint8_t>(x.size()), Buffer<float>(x.size() / dim)};
    launch(DType<T>::entry("quantize_rows").c_str(), x.size() / dim, threads_for(dim, 32), 0, q.codes.data(),
           q.scales.data(), static_cast<const T*>(x.data()), int(dim));
    return q;
}

// Distance of neighbouring codes about a magnitude: 2^-3 of its binade, never below that of the smallest numbers.
double unit_at(double magnitude) { return std::exp2(std::max(-6.0, std::floor(std::log2(magnitude))) - 3); }

// The scale is exact; each code lies within half a step of the quotient, and 1e-6 of it for the division.
template <class T> void matches(size_t rows, size_t dim) {
    const Buffer<T> x = scaled_rows<T>(rows, dim, rows + dim);
    const Quantized q = quantize(x, dim);
    for (size_t r = 0; r < rows; ++r) {
        double most = 0;
        for (size_t i = 0; i < dim; ++i) most = std::max(most, std::abs(x[r * dim + i]));
        const float scale = static_cast<float>(most) / 448.0f;
        if (q.scales.at(r) != scale) {
            throw TestFailure(text("[%zu, %zu]: scale of row %zu is %.9g, expected %.9g", rows, dim, r, q.scales[r], scale));
        }
        for (size_t i = 0; i < dim; ++i) {
            const double wanted = scale > 0 ? x[r * dim + i] / scale : 0;
            const double code = emulator::e4m3_to_float(q.codes.at(r * dim + i));
            const double allowed = unit_at(std::abs(wanted)) / 2 + std::abs(wanted) * 1e-6;
            if (!(std::abs(code - wanted) <= allowed)) {
                throw TestFailure(text("[%zu, %zu]: code (%zu, %zu) is %g for %.9g", rows, dim, r, i, code, wanted));
            }
        }
    }
}
void matches_definition(size_t rows, size_t dim) {
    matches<bf16>(rows, dim);
    if (rows < 1000) matches<float>(rows, dim);
}
} // namespace

TEST(one_value) { matches_definition(1, 1); }
TEST(odd_row_count) { matches_definition(257, 136); }
TEST(rows_of_an_odd_latent) { matches_definition(1519, 16); }
TEST(unaligned_rows) { matches_definition(13, 257); }
TEST(long_unaligned_rows) { matches_definition(5, 1519); }
TEST(widest_row) { matches_definition(2, 16384); }

TEST(largest_value_is_448) {
    Buffer<float> x = normals<float>(96, 1);
    x.at(40) = -7.0f;
    const Quantized q = quantize(x, 96);
    if (q.codes.at(40) != 0xfe) throw TestFailure(text("code %02x, expected fe", q.codes.at(40)));
}

TEST(nan_stays_and_zeros_are_zeros) {
    Buffer<float> x(3 * 40);
    for (size_t i = 0; i < 120; ++i) x.at(i) = i < 40 ? 0.0f : 1.0f;
    x.at(50) = x.at(90) = NAN;
    for (size_t i = 80; i < 120; ++i) x.at(i) = i == 90 ? NAN : 0.0f;
    const Quantized q = quantize(x, 40);
    for (size_t i = 0; i < 120; ++i) {
        const int expected = i == 50 || i == 90 ? 0x7f : i >= 40 && i < 80 ? 0x7e : 0;
        if ((q.codes.at(i) & 0x7f) != expected) throw TestFailure(text("[%zu]: code %02x", i, q.codes.at(i)));
    }
    expect_close("scales", q.scales, {0.0, 1.0 / 448, 0.0}, FLOAT32);
}
