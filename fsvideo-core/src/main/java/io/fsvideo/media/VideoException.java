package io.fsvideo.media;

import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;

/** A video that cannot be built or written; the message names the file, the reason and what to do. */
public final class VideoException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    VideoException(String message) {
        super(message);
    }

    VideoException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return getCause() instanceof IOException ? Category.NO_RESOURCES : Category.BAD_REQUEST;
    }

    /** The argument itself, unless it is null. */
    static <T> T given(String place, String argument, T value) {
        if (value == null) {
            throw new VideoException(place + ": " + argument + " must be given, got null");
        }
        return value;
    }
}
