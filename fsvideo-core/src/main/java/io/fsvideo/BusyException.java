package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/**
 * A request was refused because as many wait as may; try again when one has ended.
 *
 * @since 0.1
 */
public final class BusyException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public BusyException(String message) {
        super(message);
    }

    /** Makes the error with what the caller's executor threw. @param message place, rule and what was got, and what to do */
    public BusyException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.BUSY;
    }
}
