package io.fsvideo.comm;

import io.fsvideo.tensor.BackendException;
import java.time.Duration;

/**
 * How processes form a group.
 *
 * @param agreement what must be the same in every process, as one line: version, model and request; a difference is refused when the
 *     group forms
 * @param timeout most time to wait for the others, when the group forms and in each collective
 */
public record ProcessOptions(String agreement, Duration timeout) {
    private static final int MOST_CHARACTERS = 4096;
    /** The most bytes of UTF-8 text. */
    static final int MOST_BYTES = 3 * MOST_CHARACTERS;

    public ProcessOptions {
        if (agreement.length() > MOST_CHARACTERS || timeout.isNegative() || timeout.isZero()) {
            throw new BackendException("ranks: agreement must have at most " + MOST_CHARACTERS
                    + " characters and timeout be > 0, got " + agreement.length() + " and " + timeout);
        }
    }

    /** A time limit of {@link RankGroup#TIMEOUT}. */
    public static ProcessOptions of(String agreement) {
        return new ProcessOptions(agreement, RankGroup.TIMEOUT);
    }
}
