package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

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
