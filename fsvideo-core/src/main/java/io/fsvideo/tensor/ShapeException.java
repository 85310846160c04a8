package io.fsvideo.tensor;

/** An operation was given a shape, dtype or layout it cannot take: a mistake of the caller. */
public final class ShapeException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }
}
