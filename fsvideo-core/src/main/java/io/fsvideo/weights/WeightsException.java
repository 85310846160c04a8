package io.fsvideo.weights;

import io.fsvideo.tensor.FsVideoException;

/** A checkpoint is corrupt or does not fit its model: file, key, expected and found. */
public final class WeightsException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public WeightsException(String message) {
        super(message);
    }

    public WeightsException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.BROKEN_MODEL;
    }
}
