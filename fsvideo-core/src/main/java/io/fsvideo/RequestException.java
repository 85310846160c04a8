package io.fsvideo;

import io.fsvideo.tensor.FsVideoException;

/** A request asks for something no model can do; the message names the nearest legal values. */
public final class RequestException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public RequestException(String message) {
        super(message);
    }
}
