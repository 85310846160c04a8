package io.fsvideo.tensor;

/** A backend or an arena cannot give the bytes asked for; the message has asked, in use, limit and what to do. */
public final class OutOfMemoryException extends BackendException {
    private static final long serialVersionUID = 1L;

    public OutOfMemoryException(String message) {
        super(message);
    }
}
