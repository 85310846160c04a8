package io.fsvideo;

/** Told of every step, on the generating thread; an exception thrown here ends the generation. */
@FunctionalInterface
public interface ProgressListener {
    /** Ignores everything. */
    ProgressListener NONE = progress -> {};

    void onProgress(Progress progress);
}
