package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Classifier-free guidance {@code u + scale (c - u)} of the conditional prediction c and the unconditional u, made by one model
 * call on a batch of two; scale 1 needs no second branch.
 *
 * @since 0.1
 */
public record Guidance(float scale) {
    /** No guidance. */
    public static final Guidance NONE = new Guidance(1);

    /** Checks the scale. @throws SamplingException unless it is finite */
    public Guidance {
        if (!Float.isFinite(scale)) {
            throw new SamplingException("guidance: scale must be finite, got " + scale);
        }
    }

    /** Batch entries the model is called with per sample: conditional, then (unless the scale is 1) unconditional. */
    public int branches() {
        return scale == 1 ? 1 : 2;
    }

    /** The sample {@code [1, …]} once per branch: {@code [branches, …]}. */
    public Tensor input(Arena a, Tensor sample) {
        return branches() == 1 ? sample : a.concat(0, List.of(sample, sample));
    }

    /** Predictions {@code [branches, …]} of the two branches to the guided one {@code [1, …]}. */
    public Tensor combine(Arena a, Tensor predictions) {
        if (predictions.dim(0) != branches()) {
            throw new ShapeException("guidance: predictions must have " + branches() + " branches, got " + predictions);
        }
        if (branches() == 1) {
            return predictions;
        }
        try (Arena t = a.child("guidance")) {
            Tensor conditional = t.slice(predictions, 0, 0, 1);
            Tensor unconditional = t.slice(predictions, 0, 1, 2);
            return t.keep(t.weightedSum(new float[] {1 - scale, scale}, List.of(unconditional, conditional)));
        }
    }
}
