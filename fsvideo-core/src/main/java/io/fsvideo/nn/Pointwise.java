package io.fsvideo.nn;

import io.fsvideo.weights.Weights;

/** Convolutions of one pixel and one frame, which are a {@link Linear} over channels stored as a kernel. */
public final class Pointwise {
    private Pointwise() {}

    /** Reads {@code weight} and {@code bias}. */
    public static Linear of(Weights w, long in, long out, TimeMode time) {
        return new Linear(w.linear("weight", time.perFrame().kernelShape(out, in, 1)), w.tensor("bias", out));
    }

    /** Reads {@code weight} only. */
    public static Linear withoutBias(Weights w, long in, long out, TimeMode time) {
        return new Linear(w.linear("weight", time.perFrame().kernelShape(out, in, 1)), null);
    }
}
