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
}
