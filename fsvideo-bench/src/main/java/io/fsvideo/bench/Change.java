package io.fsvideo.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How a rate changed.
 *
 * @param ratio of the medians, after over before
 * @param low end of the bootstrap interval of the ratio; {@code high} is the other
 */
record Change(double ratio, double low, double high, Verdict verdict) {
    private static final int RESAMPLES = 2000;
    private static final double TAIL = 0.005;

    /** What may be said about a change. */
    enum Verdict {
        FASTER,
        SLOWER,
        SAME
    }

    /** @param least relative change that counts at all, however sure */
    static Change between(double[] before, double[] after, double least) {
        SplittableRandom random = new SplittableRandom(1);
        double[] ratios = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            ratios[i] = median(resample(after, random)) / median(resample(before, random));
        }
        Arrays.sort(ratios);
        double low = ratios[(int) (TAIL * RESAMPLES)];
        double high = ratios[(int) ((1 - TAIL) * RESAMPLES) - 1];
        double ratio = median(after.clone()) / median(before.clone());
        Verdict verdict = Verdict.SAME;
        if (high < 1 && ratio < 1 - least) {
            verdict = Verdict.SLOWER;
        } else if (low > 1 && ratio > 1 + least) {
            verdict = Verdict.FASTER;
        }
        return new Change(ratio, low, high, verdict);
    }

    private static double[] resample(double[] values, SplittableRandom random) {
        double[] drawn = new double[values.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = values[random.nextInt(values.length)];
        }
        return drawn;
    }

    /** Sorts {@code values}. */
    private static double median(double[] values) {
        Arrays.sort(values);
        int half = values.length / 2;
        return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%-7s %5.3f [%5.3f, %5.3f]",
                verdict.toString().toLowerCase(Locale.ROOT),
                ratio,
                low,
                high);
    }
}
