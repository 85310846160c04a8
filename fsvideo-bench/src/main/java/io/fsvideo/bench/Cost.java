package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/**
 * What one call moves and computes at the least.
 *
 * @param bytes every input read once and every output written once
 * @param flops additions and multiplications of the definition
 */
record Cost(double bytes, double flops) {
    private static final double ROOT_MEAN_SQUARE = 4;
    private static final double MEAN_AND_VARIANCE = 8;

    /** The bytes of all that are not null. */
    static double bytesOf(Tensor... tensors) {
        double sum = 0;
        for (Tensor tensor : tensors) {
            sum += tensor == null ? 0 : tensor.bytes();
        }
        return sum;
    }

    /** @param operations per element of {@code out}, a function such as exp counted as one */
    static Cost elements(double operations, Tensor out, Tensor... inputs) {
        return new Cost(bytesOf(out) + bytesOf(inputs), operations * out.numel());
    }

    /** Numbers only move; every input is read whole. */
    static Cost move(Tensor out, Tensor... inputs) {
        return elements(0, out, inputs);
    }

    /** Numbers only move; of the source only as much is read as is written. */
    static Cost pick(Tensor out, Tensor... indices) {
        return new Cost(2 * bytesOf(out) + bytesOf(indices), 0);
    }

    /** A norm by the root mean square. */
    static Cost rootMeanSquare(Tensor out, Tensor x, Tensor... parameters) {
        return new Cost(bytesOf(out, x) + bytesOf(parameters), ROOT_MEAN_SQUARE * x.numel());
    }

    /** A norm by mean and variance. */
    static Cost meanAndVariance(Tensor out, Tensor x, Tensor... parameters) {
        return new Cost(bytesOf(out, x) + bytesOf(parameters), MEAN_AND_VARIANCE * x.numel());
    }

    static Cost linear(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        return new Cost(bytesOf(out, x, weight, bias), 2.0 * out.numel() * x.dim(-1));
    }

    static Cost conv3d(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        double taps = (double) weight.numel() / weight.dim(0);
        return new Cost(bytesOf(out, x, weight, bias), 2.0 * out.numel() * taps);
    }

    static Cost attention(Tensor out, Tensor q, Tensor k, Tensor v) {
        return new Cost(bytesOf(out, q, k, v), 4.0 * q.numel() * k.dim(1));
    }

    static Cost linearAttention(Tensor out, Tensor q, Tensor k, Tensor v) {
        return new Cost(bytesOf(out, q, k, v), 2.0 * (q.numel() + k.numel()) * q.dim(3));
    }
}
