package io.fsvideo.tensor;

/** Parent of every exception this library throws on purpose; the message says what to do. */
public class FsVideoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FsVideoException(String message) {
        super(message);
    }

    public FsVideoException(String message, Throwable cause) {
        super(message, cause);
    }
}
