package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/** A pipeline was used after its close. */
public final class ClosedException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public ClosedException(String message) {
        super(message);
    }
}
