package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * RMS norm over the last axis with a weight.
 *
 * @param weight {@code [dim]}
 */
public record RmsNorm(Tensor weight, float eps) {
    public static RmsNorm of(Weights w, long dim, float eps) {
        return new RmsNorm(w.tensor("weight", dim), eps);
    }

    /** {@code [..., dim]} to the same shape. */
    public Tensor forward(Arena a, Tensor x) {
        return a.rmsNorm(x, weight, eps);
    }
}
