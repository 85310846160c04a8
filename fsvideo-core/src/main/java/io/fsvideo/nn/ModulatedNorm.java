package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Layer norm without parameters, scaled and shifted by an embedding of time: {@code layerNorm(x) (1 + scale) + shift}.
 *
 * @param shift {@code [batch, dim]} F32
 * @param scale {@code [batch, dim]} F32
 * @param dtype of the result: {@code x}'s, or BF16 of F32
 */
public record ModulatedNorm(Tensor shift, Tensor scale, float eps, DType dtype) {
    /** {@code [batch, tokens, dim]} to the same shape. */
    public Tensor forward(Arena a, Tensor x) {
        return a.modulatedNorm(x, shift, scale, eps, dtype);
    }

    /**
     * Normalizes the softmax-weighted sum of {@code states} per token.
     *
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     */
    public Tensor ofMixture(Arena a, Tensor logits, List<Tensor> states) {
        return a.layerMixNorm(logits, states, shift, scale, eps, dtype);
    }
}
