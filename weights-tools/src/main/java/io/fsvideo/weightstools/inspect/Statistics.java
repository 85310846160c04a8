package io.fsvideo.weightstools.inspect;

import io.fsvideo.weightstools.checkpoint.ValueReader;

/**
 * Statistics of one tensor's values. NaN and infinite ones are counted and left out of the rest.
 *
 * @param least smallest finite value; NaN where there is none, as the next three
 * @param deviation from the mean, the root of the mean square
 * @param zeros values that are zero
 */
public record Statistics(
        double least, double greatest, double mean, double deviation, long zeros, long nans, long infinite) {

    /** Reads a tensor to its end. */
    public static Statistics of(ValueReader reader) {
        double[] block = new double[ValueReader.BLOCK];
        Sums sums = new Sums();
        for (int values = reader.next(block); values > 0; values = reader.next(block)) {
            for (int i = 0; i < values; i++) {
                sums.add(block[i]);
            }
        }
        return sums.statistics();
    }

    /** Whether every value is a finite number. */
    public boolean isFinite() {
        return nans == 0 && infinite == 0;
    }

    /** Running mean and squares as Welford 1962: no cancellation, however many values. */
    private static final class Sums {
        private double least = Double.NaN;
        private double greatest = Double.NaN;
        private double mean;
        private double squares;
        private long finite;
        private long zeros;
        private long nans;
        private long infinite;

        void add(double value) {
            if (Double.isNaN(value)) {
                nans++;
                return;
            }
            if (Double.isInfinite(value)) {
                infinite++;
                return;
            }
            zeros += value == 0 ? 1 : 0;
            least = finite == 0 ? value : Math.min(least, value);
            greatest = finite == 0 ? value : Math.max(greatest, value);
            finite++;
            double delta = value - mean;
            mean += delta / finite;
            squares += delta * (value - mean);
        }

        Statistics statistics() {
            double average = finite == 0 ? Double.NaN : mean;
            return new Statistics(least, greatest, average, Math.sqrt(squares / finite), zeros, nans, infinite);
        }
    }
}
