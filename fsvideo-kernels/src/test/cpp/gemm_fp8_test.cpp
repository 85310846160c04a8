#include "epilogue.h"

namespace {
// The units cut each sum of 32 products to 14 bits, four times in a row: at most 4 * 2^-13 of a row more than rounding.
constexpr double ROW_BOUND = PRODUCT_ROW_BOUND + 5e-4;

Buffer<uint8_t> codes(size_t n, uint64_t seed, double mean) {
    Buffer<uint8_t> b(n);
    Random random(seed);
    for (size_t i = 0; i < n; ++i) b.at(i) = emulator::float_to_e4m3(static_cast<float>((random.normal() + mean) * 60));
    return b;
}
std::vector<double> decoded(const Buffer<uint8_t>& b) {
    std::vector<double> v(b.size());
    for (size_t i = 0; i < v.size(); ++i) v[i] = emulator::e4m3_to_float(b.at(i));
    return v;
}
// Of values of size one, in turn scaled as in scaled_rows if `rows`.
Buffer<float> scales(size_t n, uint64_t seed, bool rows) {
    static const double sizes[] = {1.0, 1e-3, 1e3, 0.0};
    Buffer<float> b(n);
    Random random(seed);
    for (size_t i = 0; i < n; ++i) assign(b.at(i), (0.5 + random.uniform()) / 60 * (rows ? sizes[i % 4] : 1.0));
    return b;
}

struct Problem : Epilogue {
    int depth;
    Buffer<uint8_t> a, w;
    Buffer<float> scale_a, scale_w;
    Problem(int m, int n, int k, int batches_ = 1, double mean = 0)
        : Epilogue(m, n, batches_), depth(k), a(codes(size_t(m) * k * batches_, m, mean)),
          w(codes(size_t(n) * k * batches_, n, mean)), scale_a(scales(size_t(m) * batches_, 6, true)),
          scale_w(scales(size_t(n) * batches_, 7, false)) {}
};

std::vector<double> definition(const Problem& p) {
    const std::vector<double> a = decoded(p.a), w = decoded(p.w);
    std::vector<double> out(size_t(p.batches) * p.rows * p.columns);
    for (size_t i = 0; i < out.size(); ++i) {
        const size_t row = i / p.columns, column = i % p.columns, right = row / p.rows * p.columns + column;
        double x = 0;
        for (int k = 0; k < p.depth; ++k) x += a[row * p.depth + k] * w[right * p.depth + k];
        out[i] = p.finish(row, column, x * p.scale_a[row] * p.scale_w[right]);
    }
    return out;
}

void matches_definition(const char* kernel, const Problem& p) {
    Buffer<bf16> out(size_t(p.batches) * p.rows * p.columns);
    const uint8_t *a = p.a.data(), *w = p.w.data();
    if (std::string(kernel) == "gemm_fp8_sm80") {
        launch(kernel, Dim((p.columns + 127) / 128, (p.rows + 127) / 128, p.batches), 256, 16384, out.data(), a, w,
               p.scale_a.data(), p.scale_w.data(), p.bias(), p.residual(), p.gate(), p.rows, p.columns, p.depth, p.gate_rows,
               p.activation);
    } else {
        const unsigned depth = p.depth, batches = p.batches;
        const CUtensorMap map_a = tensor_map(p.a, {{depth, unsigned(p.rows), batches}, {128, 128, 1}});
        const CUtensorMap map_w = tensor_map(p.w, {{depth, unsigned(p.columns), batches}, {128, 128, 1}});
        launch(kernel, 2, 384, 164864, out.data(), map_a, map_w, p.scale_a.data(), p.scale_w.data(), p.bias(), p.residual(),
               p.gate(), p.rows, p.columns, p.depth, p.batches, p.gate_rows, p.activation);
    }
    const std::string what = text("%s [%d, %d, %d]", kernel, p.rows, p.columns, p.depth);
    const std::vector<double> expected = definition(p);
    expect_row_norm(what, out, expected, p.columns, ROW_BOUND);
    expect_norm(what, out, expected, PRODUCT_BOUND);
}
void on_every_path(const Problem& p) {
    for (const char* kernel : {"gemm_fp8_128x128", "gemm_fp8_sm80"}) matches_definition(kernel, p);
}
} // namespace

TEST(one_token) { on_every_path({1, 8, 16}); }
TEST(odd_rows_and_ragged_depth) { on_every_path({257, 130, 144}); }
TEST(odd_columns) { on_every_path({33, 77, 272}); }
TEST(tokens_of_an_odd_latent) { on_every_path({1519, 40, 48}); }
TEST(several_tiles_per_block) { on_every_path({260, 290, 144}); }

TEST(activations) {
    Problem p(70, 72, 80);
    for (p.activation = NONE; p.activation <= RELU; ++p.activation) on_every_path(p);
}

TEST(without_bias) {
    Problem p(20, 48, 128);
    p.with_bias = false;
    on_every_path(p);
}

TEST(gated_residual_per_sample) {
    Problem p(140, 136, 144);
    p.gate_rows = 70;
    on_every_path(p);
}

TEST(batches) { on_every_path({70, 40, 144, 3}); }

// Of one sign, so that every bit cut off a long sum counts.
TEST(long_sum) {
    Problem p(4, 8, 8192, 1, 1.0);
    p.with_bias = false;
    matches_definition("gemm_fp8_128x128", p);
}

// A NaN code (weights of a broken file) must not pass for a number.
TEST(nan_codes) {
    Problem p(5, 8, 16);
    Buffer<bf16> out(40);
    p.a.at(3 * 16 + 5) = 0x7f;
    launch("gemm_fp8_sm80", 1, 256, 16384, out.data(), static_cast<const uint8_t*>(p.a.data()),
           static_cast<const uint8_t*>(p.w.data()), p.scale_a.data(), p.scale_w.data(), p.bias(), p.residual(), p.gate(), 5, 8,
           16, 0, 0);
    for (size_t i = 0; i < 40; ++i) {
        if (std::isnan(out[i]) != (i / 8 == 3)) throw TestFailure(text("[%zu, %zu] is %g", i / 8, i % 8, out[i]));
    }
}
