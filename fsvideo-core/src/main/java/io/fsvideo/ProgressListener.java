package io.fsvideo;

/**
 * Hears how far a job is. A listener is called on a thread of its own, one event at a time, and holds up nothing: while it is busy, events
 * pass it by, but the newest is always brought. What it throws is logged and harms nothing. {@link #inStep} makes one that hears of every
 * step while the job waits for it.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ProgressListener {
    /** Ignores everything. */
    ProgressListener NONE = progress -> {};

    /** Hears how far the job is: before the first step of each stage and after every step. */
    void onProgress(Progress progress);

    /** Tells whether the job waits for this listener at every step; false unless {@link #inStep} made it. */
    default boolean isInStep() {
        return false;
    }

    /** Makes a listener that hears of every step on the thread that computes, which waits for it; what it throws ends the job. */
    static ProgressListener inStep(ProgressListener listener) {
        RequestException.given("inStep", "listener", listener);
        return new ProgressListener() {
            @Override
            public void onProgress(Progress progress) {
                listener.onProgress(progress);
            }

            @Override
            public boolean isInStep() {
                return true;
            }
        };
    }
}
