package io.fsvideo;

/**
 * Told of every step, on the generating thread; an exception thrown here ends the generation.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ProgressListener {
    /** Ignores everything. */
    ProgressListener NONE = progress -> {};

    /** Hears how far the generation is, on the thread that makes it, before the first step of each stage and after every step. */
    void onProgress(Progress progress);
}
