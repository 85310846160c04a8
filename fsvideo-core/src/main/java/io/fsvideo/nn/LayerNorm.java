package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * Layer norm over the last axis with weight and bias.
 *
 * @param weight {@code [dim]}
 * @param bias {@code [dim]}
 */
public record LayerNorm(Tensor weight, Tensor bias, float eps) {
    public static LayerNorm of(Weights w, long dim, float eps) {
        return new LayerNorm(w.tensor("weight", dim), w.tensor("bias", dim), eps);
    }

    /** {@code [..., dim]} to the same shape in {@code dtype}, which is {@code x}'s, or BF16 of F32. */
    public Tensor forward(Arena a, Tensor x, DType dtype) {
        return a.layerNorm(x, weight, bias, eps, dtype);
    }

    /** {@code [..., dim]} to the same shape. */
    public Tensor forward(Arena a, Tensor x) {
        return a.layerNorm(x, weight, bias, eps);
    }
}
