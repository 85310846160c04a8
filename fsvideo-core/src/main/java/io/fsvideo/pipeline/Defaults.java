package io.fsvideo.pipeline;

import io.fsvideo.ModelException;
import io.fsvideo.sample.Sampler;

/**
 * What a request gets that does not say otherwise. An implementation is a record: its components are written to and read from
 * {@code pipeline} in {@code model_index.json}, in snake case.
 *
 * @since 0.1
 */
public interface Defaults {
    /** Returns what the model is called. */
    String name();

    /** Returns the number of frames. */
    int frames();

    /** Returns the frame rate. */
    int framesPerSecond();

    /** Returns the rows of the default size; with {@link #width} the pixel budget of other aspect ratios. */
    int height();

    /** Returns the columns of the default size. */
    int width();

    /** Returns the steps of the base model. */
    int steps();

    /** Returns the scale of classifier-free guidance. */
    float guidance();

    /** Returns the shift of the noise schedule. */
    float shift();

    /** Returns the solver. */
    Sampler sampler();

    /** Returns the steps of the refiner, 0 without one. */
    default int refinerSteps() {
        return 0;
    }

    /** Returns what videos should not show. */
    String negativePrompt();

    /**
     * Refuses defaults that no request may ask for.
     *
     * @throws ModelException naming the limits and the values
     */
    static void requireLegal(int framesPerSecond, int steps, float guidance, float shift) {
        if (framesPerSecond > 1000 || steps > 1000 || guidance > 100 || shift > 1000) {
            throw new ModelException("pipeline: framesPerSecond and steps must be at most 1000, guidance at most 100"
                    + " and shift at most 1000, got " + framesPerSecond + ", " + steps + ", " + guidance + " and "
                    + shift);
        }
    }
}
