package io.fsvideo.sample;

import io.fsvideo.tensor.FsVideoException;

/** A sampling setting is out of its range. */
public final class SamplingException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public SamplingException(String message) {
        super(message);
    }
}
