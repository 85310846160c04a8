package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/**
 * A model directory is incomplete, unreadable or of an unknown kind; the message lists what is wrong.
 *
 * @since 0.1
 */
public final class ModelException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public ModelException(String message) {
        super(message);
    }

    /** Makes the error for one that another error caused. @param message place, rule and what was got, and what to do */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.BROKEN_MODEL;
    }
}
