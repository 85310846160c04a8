package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/** Cost of products: a multiplication and an addition count as two. */
final class MatrixCost {
    private MatrixCost() {}

    static Cost linear(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        return new Cost(Cost.bytesOf(out, x, weight, bias), 2.0 * out.numel() * x.dim(-1));
    }

    static Cost conv3d(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        double taps = (double) weight.numel() / weight.dim(0);
        return new Cost(Cost.bytesOf(out, x, weight, bias), 2.0 * out.numel() * taps);
    }

    static Cost attention(Tensor out, Tensor q, Tensor k, Tensor v) {
        return new Cost(Cost.bytesOf(out, q, k, v), 4.0 * q.numel() * k.dim(1));
    }

    static Cost linearAttention(Tensor out, Tensor q, Tensor k, Tensor v) {
        return new Cost(Cost.bytesOf(out, q, k, v), 2.0 * (q.numel() + k.numel()) * q.dim(3));
    }
}
