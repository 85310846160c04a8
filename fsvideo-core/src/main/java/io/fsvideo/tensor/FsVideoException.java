package io.fsvideo.tensor;

/** Parent of every exception this library throws on purpose; the message says what to do. */
public class FsVideoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whose turn it is to act, for those who answer others: an HTTP status, a metric, a retry. */
    public enum Category {
        /** What was asked for cannot be done; asking for something else can help (HTTP 400). */
        BAD_REQUEST,
        /** The work was stopped on purpose (HTTP 409, or nothing to answer any more). */
        CANCELLED,
        /** The same request may work later, or elsewhere (HTTP 429 or 503). */
        BUSY,
        /** Memory, a disk, a library, a device or a peer is missing or full (HTTP 503 or 507). */
        NO_RESOURCES,
        /** The model's files are incomplete, corrupt or not of a kind that is known (HTTP 500). */
        BROKEN_MODEL,
        /** A fault of the program, this library's or its caller's (HTTP 500). */
        DEFECT
    }

    /** Makes an error. @param message place, rule and what was got, and what to do */
    public FsVideoException(String message) {
        super(message);
    }

    /** Makes an error with what caused it. @param message place, rule and what was got, and what to do */
    public FsVideoException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Returns whose turn it is to act; {@link Category#DEFECT} unless the kind of error says otherwise. */
    public Category category() {
        return Category.DEFECT;
    }

    /** Returns the category of any error: of this library's own as they say, of a full heap {@link Category#NO_RESOURCES}, else a defect. */
    public static Category categoryOf(Throwable thrown) {
        if (thrown instanceof FsVideoException own) {
            return own.category();
        }
        return thrown instanceof OutOfMemoryError ? Category.NO_RESOURCES : Category.DEFECT;
    }
}
