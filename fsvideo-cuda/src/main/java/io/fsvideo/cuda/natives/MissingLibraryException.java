package io.fsvideo.cuda.natives;

/** One of NVIDIA's libraries is nowhere on this machine; unlike one that is there and cannot be used. */
public final class MissingLibraryException extends NativeLibraryException {
    private static final long serialVersionUID = 1L;

    MissingLibraryException(String message) {
        super(message);
    }
}
