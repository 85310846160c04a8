package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * {@code out = activation(x w^T + bias)} on device memory, or added to a residual.
 *
 * @param out {@code [rows, columns]} of {@code xDType}, or of the residual's dtype
 * @param x {@code [rows, depth]}
 * @param w {@code [columns, depth]}
 * @param pitch elements between rows of {@code w}
 * @param bias {@code [columns]} F32 or 0
 * @param residual what the product without activation is added to, or null; only {@link Gemm} takes one
 */
record Product(
        long out,
        long x,
        DType xDType,
        long w,
        DType wDType,
        long pitch,
        long bias,
        long rows,
        long columns,
        long depth,
        Activation activation,
        Residual residual) {
    /** A product that is added to nothing. */
    Product(
            long out,
            long x,
            DType xDType,
            long w,
            DType wDType,
            long pitch,
            long bias,
            long rows,
            long columns,
            long depth,
            Activation activation) {
        this(out, x, xDType, w, wDType, pitch, bias, rows, columns, depth, activation, null);
    }

    Product {
        Contract.aligned("linear", "out", out);
        Contract.aligned("linear", "x", x);
        Contract.aligned("linear", "weight", w);
        if (bias != 0) {
            Contract.aligned("linear", "bias", bias);
        }
        if (rows <= 0 || columns <= 0) {
            throw Contract.broken("linear", "rows and columns", ">= 1", rows + " and " + columns);
        }
        if (pitch < depth) {
            throw Contract.broken("linear", "pitch of the weight", "at least " + depth, pitch);
        }
    }

    /**
     * What a product is added to: {@code out = sum + gate product}.
     *
     * @param sum {@code [batch, tokens, columns]}, BF16 or F32, as is the result
     * @param gate {@code [batch, columns]} F32, or null for 1
     */
    record Residual(Tensor sum, Tensor gate) {
        Residual {
            Contract.aligned("linearGatedAdd", "residual", sum);
            if (gate != null) {
                Contract.aligned("linearGatedAdd", "gate", gate);
            }
        }

        long rowsPerGate() {
            return sum.dim(1);
        }
    }
}
