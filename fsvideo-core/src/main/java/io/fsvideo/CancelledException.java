package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/**
 * A generation stopped because its request was cancelled; everything it held is freed.
 *
 * @since 0.1
 */
public final class CancelledException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public CancelledException(String message) {
        super(message);
    }

    @Override
    public Category category() {
        return Category.CANCELLED;
    }
}
