package io.fsvideo.tensor;

/** A backend is unknown, cannot be loaded, or its library failed. */
public class BackendException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public BackendException(String message) {
        super(message);
    }

    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.NO_RESOURCES;
    }
}
