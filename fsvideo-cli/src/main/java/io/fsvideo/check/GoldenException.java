package io.fsvideo.check;

import io.fsvideo.tensor.FsVideoException;

/** A golden directory is incomplete or asks for something this library does not know. */
public final class GoldenException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public GoldenException(String message) {
        super(message);
    }

    public GoldenException(String message, Throwable cause) {
        super(message, cause);
    }
}
