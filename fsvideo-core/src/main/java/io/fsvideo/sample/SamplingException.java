package io.fsvideo.sample;

import io.fsvideo.tensor.FsVideoException;

/**
 * A sampling setting is out of its range.
 *
 * @since 0.1
 */
public final class SamplingException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    /** Makes the error. @param message place, rule and what was got, and what to do */
    public SamplingException(String message) {
        super(message);
    }

    @Override
    public Category category() {
        return Category.BAD_REQUEST;
    }
}
