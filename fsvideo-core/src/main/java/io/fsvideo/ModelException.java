package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/** A model directory is incomplete, unreadable or of an unknown kind; the message lists what is wrong. */
public final class ModelException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Refuses defaults that no request may ask for. */
    static void requireDefaults(int framesPerSecond, int steps, float guidance, float shift) {
        if (framesPerSecond > 1000 || steps > 1000 || guidance > 100 || shift > 1000) {
            throw new ModelException("pipeline: framesPerSecond and steps must be at most 1000, guidance at most 100"
                    + " and shift at most 1000, got " + framesPerSecond + ", " + steps + ", " + guidance + " and "
                    + shift);
        }
    }
}
