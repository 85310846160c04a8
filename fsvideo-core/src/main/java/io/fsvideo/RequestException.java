package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/**
 * A request asks for something no model can do; the message names the nearest legal values.
 *
 * @since 0.1
 */
public final class RequestException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public RequestException(String message) {
        super(message);
    }

    @Override
    public Category category() {
        return Category.BAD_REQUEST;
    }

    /** The argument itself, unless it is null. */
    static <T> T given(String place, String argument, T value) {
        if (value == null) {
            throw new RequestException(place + ": " + argument + " must be given, got null");
        }
        return value;
    }
}
