package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * Noise for solvers that add some at every step. The same seed and step give the same noise.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface FreshNoise {
    /** A source of noise that refuses: solvers that add none never ask it. */
    FreshNoise NONE = (a, step, like) -> {
        throw new SamplingException("sampling: fresh noise must be given for a solver that adds some, got none");
    };

    /**
     * Makes noise in {@code a} that no other step has.
     *
     * @param step 0 … steps - 1
     * @param like of the noise's shape
     */
    Tensor of(Arena a, int step, Tensor like);
}
