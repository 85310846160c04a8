package io.fsvideo.cuda.checks;

import java.util.Locale;

/**
 * Device memory of a run beside its plan, in bytes.
 *
 * @param measured most bytes in use
 * @param planned what the plan says
 */
record Peak(long measured, long planned) {
    private static final double GIBI = 1 << 30;
    private static final double MOST_PERCENT = 5;

    double percent() {
        return 100.0 * (measured - planned) / planned;
    }

    /** Written so that NaN fails. */
    boolean isAsPlanned() {
        return Math.abs(percent()) <= MOST_PERCENT;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "peak %.2f GiB, planned %.2f GiB (%+.1f %%)", measured / GIBI, planned / GIBI, percent());
    }
}
