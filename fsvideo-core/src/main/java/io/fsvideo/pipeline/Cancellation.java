package io.fsvideo.pipeline;

import io.fsvideo.CancelledException;

/**
 * Tells a generation to stop, and why. Thread-safe; the first reason is kept.
 *
 * @since 0.1
 */
public final class Cancellation {
    private volatile String reason;

    /** Asks the generation to stop where it next looks. @param why a clause such as {@code its timeout of PT5S has passed} */
    public synchronized void cancel(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    /** Returns why the generation is to stop, or null while it may go on. */
    public String reason() {
        return reason;
    }

    /**
     * Does nothing while the generation may go on.
     *
     * @param place where it is, for the message
     * @throws CancelledException when it is to stop
     */
    public void check(String place) {
        if (reason != null) {
            throw new CancelledException("generate: the job was stopped " + place + ": " + reason);
        }
    }
}
