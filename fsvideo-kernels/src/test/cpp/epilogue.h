// The epilogue of matrix products, in float64.
#pragma once
#include "test.h"

// BF16 rounding of the result alone is 1.66e-3 of the norm, in one row of few columns up to half an ulp, 3.9e-3.
constexpr double PRODUCT_BOUND = 2.5e-3, PRODUCT_ROW_BOUND = 4.1e-3;

enum { NONE, SILU, GELU_TANH, GELU_ERF, RELU };

inline double activate(int kind, double x) {
    switch (kind) {
        case SILU: return x / (1 + std::exp(-x));
        case GELU_TANH: return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
        case GELU_ERF: return 0.5 * x * (1 + std::erf(x * 0.7071067811865476));
        case RELU: return x > 0 ? x : 0;
        default: return x;
    }
}

struct Epilogue {
    int rows, columns, batches, activation = NONE, gate_rows = 0; // gate_rows > 0: gated residual
    bool with_bias = true, with_gate = true, f32 = false; // f32: result and residual
    Buffer<bf16> residuals;
    Buffer<float> biases, gates, wide_residuals;
    Epilogue(int m, int n, int batches_)
        : rows(m), columns(n), batches(batches_), residuals(normals<bf16>(size_t(m) * n * batches_, 3)),
          biases(normals<float>(n, 4)), gates(normals<float>(size_t(m) * n * batches_, 5)),
          wide_residuals(normals<float>(size_t(m) * n * batches_, 8)) {}
    const float* bias() const { return with_bias ? biases.data() : nullptr; }
    const bf16* residual() const { return gate_rows ? residuals.data() : nullptr; }
    const float* wide_residual() const { return gate_rows ? wide_residuals.data() : nullptr; }
    // The end of the gates is given, so that reads behind it are seen.
    const float* gate() const {
        if (!gate_rows || !with_gate) return nullptr;
        const int used = (batches * rows + gate_rows - 1) / gate_rows * columns;
        return gates.data() + (gates.size() - size_t(used));
    }

    // Of the product at `row` of all batches.
    double finish(size_t row, size_t column, double x) const {
        if (with_bias) x += biases[column];
        if (!gate_rows) return ::activate(activation, x);
        const double residual = f32 ? double(wide_residuals[row * columns + column]) : double(residuals[row * columns + column]);
        return residual + (with_gate ? gate()[row / gate_rows * columns + column] : 1.0f) * x;
    }
};
