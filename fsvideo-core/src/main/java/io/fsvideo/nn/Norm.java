package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** A normalisation over channels, the last axis. */
@FunctionalInterface
public interface Norm {
    /** {@code [..., channels]} to the same shape, a new tensor. */
    Tensor forward(Arena a, Tensor x);

    /** Makes the norm that follows a convolution, from the weights at that convolution's place. */
    @FunctionalInterface
    interface Factory {
        Norm of(Weights w, long channels);
    }
}
