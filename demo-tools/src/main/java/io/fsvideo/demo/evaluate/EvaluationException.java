package io.fsvideo.demo.evaluate;

import io.fsvideo.tensor.FsVideoException;

/** An evaluation cannot be made; the message says what to change. */
public final class EvaluationException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    EvaluationException(String message) {
        super(message);
    }
}
