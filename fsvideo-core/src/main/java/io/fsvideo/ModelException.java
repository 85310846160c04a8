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
}
