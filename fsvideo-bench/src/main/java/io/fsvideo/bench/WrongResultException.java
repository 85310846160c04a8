package io.fsvideo.bench;

import io.fsvideo.tensor.FsVideoException;

/** An operation about to be timed does not compute what it should. */
public final class WrongResultException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    WrongResultException(String message) {
        super(message);
    }
}
