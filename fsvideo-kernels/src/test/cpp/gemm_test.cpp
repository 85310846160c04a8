#include "epilogue.h"

namespace {
struct Problem : Epilogue {
    int depth;
    Buffer<bf16> a, w;
    Problem(int m, int n, int k, int batches_ = 1)
        : Epilogue(m, n, batches_), depth(k), a(scaled_rows<bf16>(size_t(m) * batches_, k, m)),
          w(normals<bf16>(size_t(n) * k * batches_, n, 1 / std::sqrt(k))) {}
};

std::vector<double> definition(const Problem& p) {
    const std::vector<double> a = values(p.a), w = values(p.w);
    std::vector<double> out(size_t(p.batches) * p.rows * p.columns);
    for (size_t i = 0; i < out.size(); ++i) {
        const size_t row = i / p.columns, column = i % p.columns, batch = row / p.rows;
        double x = 0;
        const double *u = &a[row * p.depth], *v = &w[(batch * p.columns + column) * p.depth];
        for (int k = 0; k < p.depth; ++k) x += u[k] * v[k];
        out[i] = p.finish(row, column, x);
    }
    return out;
}

// `residual` is that of the result's type.
template <class T> void matches(std::string kernel, const Problem& p, const T* residual, double row_bound, double bound) {
    Buffer<T> out(size_t(p.batches) * p.rows * p.columns);
    const bool wide = kernel.rfind("gemm_128x256", 0) == 0, plain = kernel.rfind("gemm_sm80", 0) == 0;
    if (plain) {
        launch(kernel.c_str(), Dim((p.columns + 127) / 128, (p.rows + 127) / 128, p.batches), 256, 32768, out.data(), p.a.data(),
               p.w.data(), p.bias(), residual, p.gate(), p.rows, p.columns, p.depth, p.gate_rows, p.activation);
    } else {
        const unsigned depth = p.depth, batches = p.batches;
        const CUtensorMap a = tensor_map(p.a, {{depth, unsigned(p.rows), batches}, {64, 128, 1}});
        const CUtensorMap w = tensor_map(p.w, {{depth, unsigned(p.columns), batches}, {64, wide ? 256u : 128u, 1}});
        launch(kernel.c_str(), 2, 384, wide ? 197632 : 164864, out.data(), a, w, p.bias(), residual, p.gate(), p.rows, p.columns,
               p.depth, p.batches, p.gate_rows, p.activation);
    }
    const std::string what = text("%s [%d, %d, %d]", kernel.c_str(), p.rows, p.columns, p.depth);
    const std::vector<double> expected = definition(p);
    expect_row_norm(what, out, expected, p.columns, row_bound);
    expect_norm(what, out, expected, bound);
}
void matches_definition(const char* kernel, const Problem& p) {
    matches<bf16>(kernel, p, p.residual(), PRODUCT_ROW_BOUND, PRODUCT_BOUND);
}

void on_every_path(const Problem& p) {
    for (const char* kernel : {"gemm_128x256", "gemm_128x128", "gemm_sm80"}) matches_definition(kernel, p);
}
// In F32 only the rounding of sums is left: at most 4 sqrt(136) units of 2^-24.
void in_f32_on_every_path(Problem& p) {
    p.f32 = true;
    for (const char* kernel : {"gemm_128x256_to_f32", "gemm_128x128_to_f32", "gemm_sm80_to_f32"}) {
        matches<float>(kernel, p, p.wide_residual(), 3e-6, 3e-6);
    }
}
} // namespace

TEST(one_token) { on_every_path({1, 8, 8}); }
TEST(odd_rows_and_ragged_depth) { on_every_path({257, 130, 72}); }
TEST(odd_columns) { on_every_path({33, 77, 136}); }
TEST(tokens_of_an_odd_latent) { on_every_path({1519, 40, 24}); }
TEST(several_tiles_per_block) { on_every_path({260, 290, 72}); }
TEST(long_sum) { matches_definition("gemm_128x256", {64, 128, 2048}); }

TEST(activations) {
    Problem p(130, 72, 40);
    for (p.activation = NONE; p.activation <= RELU; ++p.activation) on_every_path(p);
}

TEST(without_bias) {
    Problem p(20, 48, 64);
    p.with_bias = false;
    on_every_path(p);
}

TEST(gated_residual_per_sample) {
    Problem p(140, 136, 72);
    p.gate_rows = 70;
    on_every_path(p);
}

TEST(residual_without_gate) {
    Problem p(70, 40, 72);
    p.gate_rows = 70;
    p.with_gate = false;
    on_every_path(p);
    in_f32_on_every_path(p);
}

TEST(gated_residual_in_f32) {
    Problem p(140, 136, 72);
    p.gate_rows = 70;
    in_f32_on_every_path(p);
}

TEST(odd_columns_in_f32) {
    Problem p(33, 77, 136);
    p.gate_rows = 11;
    in_f32_on_every_path(p);
}

TEST(product_alone_in_f32) {
    Problem p(130, 72, 40, 2);
    in_f32_on_every_path(p);
}

TEST(batches) { on_every_path({70, 40, 72, 3}); }
