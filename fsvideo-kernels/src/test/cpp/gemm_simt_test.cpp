#include "dtypes.h"

namespace {
enum { NONE, SILU, GELU_TANH, GELU_ERF, RELU };

struct Problem { int rows, columns, depth, pitch; bool bias; int activation; };

const char* name(float) { return "f32"; }
const char* name(bf16) { return "bf16"; }

double activate(int kind, double x) {
    switch (kind) {
        case SILU: return x / (1 + std::exp(-x));
        case RELU: return x > 0 ? x : 0;
        default: return x;
    }
}

// A sum of `terms` products is off by about sqrt(terms) units of F32 of the sum of magnitudes; then one rounding to X.
template <class X, class W> void matches_definition(const Problem& p) {
    Buffer<X> x = scaled_rows<X>(size_t(p.rows), size_t(p.depth), 1), out(size_t(p.rows) * p.columns);
    Buffer<W> w = normals<W>(size_t(p.columns) * p.pitch, 2);
    Buffer<float> bias = normals<float>(size_t(p.columns), 3);
    const std::string entry = std::string("gemm_simt_") + name(X()) + "_" + name(W());
    launch(entry.c_str(), Dim((p.rows + 63) / 64, (p.columns + 63) / 64), 256, 0, out.data(), x.data(), w.data(),
           p.bias ? bias.data() : nullptr, p.rows, p.columns, p.depth, p.pitch, p.activation);
    const std::vector<double> a = values(x), b = values(w);
    for (size_t i = 0; i < out.size(); ++i) {
        const size_t row = i / p.columns, column = i % p.columns;
        double sum = p.bias ? bias[column] : 0, magnitude = std::abs(sum);
        for (int k = 0; k < p.depth; ++k) {
            const double term = a[row * p.depth + k] * b[column * p.pitch + k];
            sum += term;
            magnitude += std::abs(term);
        }
        const double expected = activate(p.activation, sum);
        const double allowed = 4 * std::sqrt(p.depth + 1.0) * 6e-8 * 1.13 * magnitude +
                               (sizeof(X) == 2 ? 3.95e-3 : 1e-6) * std::abs(expected);
        if (!(std::abs(out[i] - expected) <= allowed)) {
            throw TestFailure(text("%s [%d, %d, %d]: [%zu] expected %.9g, got %.9g", entry.c_str(), p.rows, p.columns,
                                   p.depth, i, expected, out[i]));
        }
    }
}
void every_type(const Problem& p) {
    matches_definition<float, float>(p);
    matches_definition<float, bf16>(p);
    matches_definition<bf16, float>(p);
    matches_definition<bf16, bf16>(p);
}
} // namespace

TEST(one_number) { every_type({1, 1, 1, 1, true, NONE}); }
TEST(nothing_to_add_up) { every_type({3, 5, 0, 1, true, NONE}); }
TEST(odd_everything) { every_type({67, 129, 37, 37, true, SILU}); }
TEST(padded_weight) { every_type({5, 7, 13, 16, false, RELU}); }
TEST(tokens_of_an_odd_latent) { every_type({1519, 20, 8, 8, true, NONE}); }
TEST(long_sum) { matches_definition<float, float>({2, 70, 2048, 2048, true, NONE}); }
