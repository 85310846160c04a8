package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/** A generation stopped because its request was cancelled; everything it held is freed. */
public final class CancelledException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public CancelledException(String message) {
        super(message);
    }
}
