package io.fsvideo.model;

import io.fsvideo.tensor.FsVideoException;

/** A model's configuration is incomplete or contradicts itself: key, rule and what was found. */
public final class ConfigException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
