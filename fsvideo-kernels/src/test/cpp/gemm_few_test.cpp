#include "dtypes.h"

namespace {
enum { NONE, SILU, RELU = 4 };

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

// A sum of `terms` products is off by about sqrt(terms) units of F32 of the sum of magnitudes; no activation is steeper
// than 1.13.
template <class W> void matches_definition(const Problem& p) {
    Buffer<float> x = scaled_rows<float>(size_t(p.rows), size_t(p.depth), 1), out(size_t(p.rows) * p.columns);
    Buffer<W> w = normals<W>(size_t(p.columns) * p.pitch, 2);
    Buffer<float> bias = normals<float>(size_t(p.columns), 3);
    const std::string entry = std::string("gemm_few_f32_") + name(W());
    launch(entry.c_str(), Dim((p.columns + 7) / 8, (p.rows + 3) / 4), 256, 0, out.data(), x.data(), w.data(),
           p.bias ? bias.data() : nullptr, p.rows, p.columns, p.depth, p.pitch, p.activation);
    for (size_t i = 0; i < out.size(); ++i) {
        const size_t row = i / p.columns, column = i % p.columns;
        double sum = p.bias ? bias[column] : 0, magnitude = std::abs(sum);
        for (int k = 0; k < p.depth; ++k) {
            const double term = x[row * p.depth + k] * w[column * p.pitch + k];
            sum += term;
            magnitude += std::abs(term);
        }
        const double expected = activate(p.activation, sum);
        const double allowed = 4 * std::sqrt(p.depth + 1.0) * 6e-8 * 1.13 * magnitude + 1e-6 * std::abs(expected);
        if (!(std::abs(out[i] - expected) <= allowed)) {
            throw TestFailure(text("%s [%d, %d, %d]: [%zu] expected %.9g, got %.9g", entry.c_str(), p.rows, p.columns,
                                   p.depth, i, expected, out[i]));
        }
    }
}
void both(const Problem& p) {
    matches_definition<float>(p);
    matches_definition<bf16>(p);
}
} // namespace

TEST(one_number) { both({1, 1, 1, 1, true, NONE}); }
TEST(nothing_to_add_up) { both({3, 5, 0, 1, true, NONE}); }
TEST(odd_everything) { both({7, 129, 37, 37, true, SILU}); }
TEST(padded_weight) { both({5, 7, 13, 16, false, RELU}); }
TEST(four_rows_of_the_model) { both({4, 20, 5120, 5120, true, SILU}); }
