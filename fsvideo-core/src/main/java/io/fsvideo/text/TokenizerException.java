package io.fsvideo.text;

import io.fsvideo.tensor.FsVideoException;

/** A tokenizer is missing, unreadable or closed, or asks for something that this library does not do. */
public final class TokenizerException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public TokenizerException(String message) {
        super(message);
    }

    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public Category category() {
        return Category.BROKEN_MODEL;
    }
}
