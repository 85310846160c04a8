package io.fsvideo.media;

import java.io.IOException;

/** A write that is refused before it is tried; the message already says what to do. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }

    RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
