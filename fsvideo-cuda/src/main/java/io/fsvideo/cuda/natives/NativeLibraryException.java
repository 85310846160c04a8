package io.fsvideo.cuda.natives;

import io.fsvideo.tensor.BackendException;

/** A native library is missing or unusable: what was needed, what was found, where it was looked for, what to do. */
public class NativeLibraryException extends BackendException {
    private static final long serialVersionUID = 1L;

    NativeLibraryException(String message) {
        super(message);
    }

    NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }
}
