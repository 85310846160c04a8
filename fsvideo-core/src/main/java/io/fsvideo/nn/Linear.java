package io.fsvideo.nn;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * {@code y = x weight^T + bias}.
 *
 * @param weight {@code [out, in]} packed
 * @param bias {@code [out]} or null
 */
public record Linear(Tensor weight, Tensor bias) {
    /** Reads {@code weight} and {@code bias}. */
    public static Linear of(Weights w, long in, long out) {
        return new Linear(w.linear("weight", out, in), w.tensor("bias", out));
    }

    /** Reads {@code weight} only. */
    public static Linear withoutBias(Weights w, long in, long out) {
        return new Linear(w.linear("weight", out, in), null);
    }

    /** {@code [..., in] -> [..., out]}. */
    public Tensor forward(Arena a, Tensor x) {
        return a.linear(x, weight, bias, Activation.NONE);
    }

    /** {@code [..., in] -> [..., out]}, then {@code activation}. */
    public Tensor forward(Arena a, Tensor x, Activation activation) {
        return a.linear(x, weight, bias, activation);
    }
}
