package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * Walks a sample down the noise levels; one instance per run, one {@link #step} per level.
 *
 * @since 0.1
 */
public interface Solver extends AutoCloseable {
    /** What the noise is multiplied by to be the first sample: 1 unless a solver says otherwise. */
    default double noiseScale() {
        return 1;
    }

    /**
     * The sample at the next noise level, in {@code a}.
     *
     * @param sample what the previous step returned, or the noise
     * @param velocity the model's prediction {@code noise - data} at {@code sample}
     * @throws IllegalStateException after the last level
     */
    Tensor step(Arena a, Tensor sample, Tensor velocity);

    /** Frees what is remembered between steps. */
    @Override
    void close();
}
