package io.fsvideo.weightstools.quantize;

import java.util.Locale;

/**
 * What one tensor lost.
 *
 * @param greatest largest absolute error
 * @param relative root mean square of the errors over that of the values; 0 for values that are all zero
 */
public record Loss(String name, double greatest, double relative) {
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%-60s %12.4g %12.4g", name, greatest, relative);
    }

    /** Errors as they come. */
    static final class Sum {
        private double greatest;
        private double errors;
        private double values;

        void add(double value, double stored) {
            double error = Math.abs(value - stored);
            greatest = Math.max(greatest, error);
            errors += error * error;
            values += value * value;
        }

        Loss loss(String name) {
            return new Loss(name, greatest, values == 0 ? 0 : Math.sqrt(errors / values));
        }
    }
}
