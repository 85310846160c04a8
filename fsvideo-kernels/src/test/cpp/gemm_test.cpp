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

void matches_definition(const char* kernel, const Problem& p) {
    Buffer<bf16> out(size_t(p.batches) * p.rows * p.columns);
    const std::string name = kernel;
    if (name == "gemm_sm80") {
        launch(kernel, Dim((p.columns + 127) / 128, (p.rows + 127) / 128, p.batches), 256, 32768, out.data(), p.a.data(),
               p.w.data(), p.bias(), p.residual(), p.gate(), p.rows, p.columns, p.depth, p.gate_rows, p.activation);
    } else {
        const bool wide = name == "gemm_128x256";
        const unsigned depth = p.depth, batches = p.batches;
        const CUtensorMap a = tensor_map(p.a, {{depth, unsigned(p.rows), batches}, {64, 128, 1}});
        const CUtensorMap w = tensor_map(p.w, {{depth, unsigned(p.columns), batches}, {64, wide ? 256u : 128u, 1}});
        launch(kernel, 2, 384, wide ? 197632 : 164864, out.data(), a, w, p.bias(), p.residual(), p.gate(), p.rows, p.columns, p.depth,
               p.batches, p.gate_rows, p.activation);
    }
    const std::string what = text("%s [%d, %d, %d]", kernel, p.rows, p.columns, p.depth);
    const std::vector<double> expected = definition(p);
    expect_row_norm(what, out, expected, p.columns, PRODUCT_ROW_BOUND);
    expect_norm(what, out, expected, PRODUCT_BOUND);
}

void on_every_path(const Problem& p) {
    for (const char* kernel : {"gemm_128x256", "gemm_128x128", "gemm_sm80"}) matches_definition(kernel, p);
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

TEST(batches) { on_every_path({70, 40, 72, 3}); }
