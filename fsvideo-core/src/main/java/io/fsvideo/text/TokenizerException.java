package io.fsvideo.text;

import io.fsvideo.tensor.FsVideoException;

/** A tokenizer is missing, unreadable or closed, or its native library cannot be loaded. */
public final class TokenizerException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public TokenizerException(String message) {
        super(message);
    }

    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
