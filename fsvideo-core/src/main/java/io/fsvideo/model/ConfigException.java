package io.fsvideo.model;

import io.fsvideo.tensor.FsVideoException;

/**
 * A model's configuration is incomplete or contradicts itself: key, rule and what was found.
 *
 * @since 0.1
 */
public final class ConfigException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public ConfigException(String message) {
        super(message);
    }

    @Override
    public Category category() {
        return Category.BROKEN_MODEL;
    }
}
