package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/**
 * A pipeline was used after its close.
 *
 * @since 0.1
 */
public final class ClosedException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public ClosedException(String message) {
        super(message);
    }

    @Override
    public Category category() {
        return Category.BUSY;
    }
}
