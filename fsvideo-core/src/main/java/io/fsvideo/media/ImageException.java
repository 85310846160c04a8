package io.fsvideo.media;

import io.fsvideo.tensor.FsVideoException;

/** An image that cannot be read, or a size an image cannot take. */
public final class ImageException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    ImageException(String message) {
        super(message);
    }

    ImageException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.BAD_REQUEST;
    }

    /** The argument itself, unless it is null. */
    static <T> T given(String place, String argument, T value) {
        if (value == null) {
            throw new ImageException(place + ": " + argument + " must be given, got null");
        }
        return value;
    }
}
