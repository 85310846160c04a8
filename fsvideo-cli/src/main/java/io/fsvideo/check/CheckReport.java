package io.fsvideo.check;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a comparison found.
 *
 * @param name the golden's name
 * @param rows one per compared or missing tensor, in the order the model produced them
 * @param skipped intermediate tensors of the golden that were not produced
 */
public record CheckReport(String name, List<Row> rows, List<String> skipped) {
    public CheckReport {
        rows = List.copyOf(rows);
        skipped = List.copyOf(skipped);
    }

    /**
     * One tensor.
     *
     * @param error largest absolute difference; NaN when a value is NaN
     * @param tolerance largest difference allowed
     * @param problem why there is no such difference (missing, wrong shape, no tolerance), or null
     */
    public record Row(String tensor, double error, double tolerance, String problem) {
        /** Whether every element is within tolerance; false for NaN. */
        public boolean passed() {
            return problem == null && error <= tolerance;
        }

        /** {@code error / tolerance}: 0 when both are 0, NaN when a value is NaN or there is nothing to compare. */
        public double ratio() {
            if (problem != null) {
                return Double.NaN;
            }
            return error == 0 ? 0 : error / tolerance;
        }

        @Override
        public String toString() {
            String verdict = passed() ? "ok" : "FAILED";
            if (problem != null) {
                return String.format(Locale.ROOT, "%-44s %s: %s", tensor, verdict, problem);
            }
            return String.format(
                    Locale.ROOT, "%-44s %8.4f  (%.3g of %.3g)  %s", tensor, ratio(), error, tolerance, verdict);
        }
    }

    /** Whether something was compared and everything passed. */
    public boolean passed() {
        return !rows.isEmpty() && rows.stream().allMatch(Row::passed);
    }

    /** The first tensor, in the order of the forward pass, that failed. */
    public Optional<Row> firstFailure() {
        return rows.stream().filter(row -> !row.passed()).findFirst();
    }

    /** Largest error ÷ tolerance of all compared tensors; NaN when one of them has no number. */
    public double worstRatio() {
        return rows.stream().mapToDouble(Row::ratio).reduce(0, Math::max);
    }

    /** A line per tensor and a summary. */
    public String table() {
        StringBuilder text = new StringBuilder(name).append('\n');
        rows.forEach(row -> text.append("  ").append(row).append('\n'));
        if (!skipped.isEmpty()) {
            text.append("  skipped: ").append(String.join(", ", skipped)).append('\n');
        }
        long failed = rows.stream().filter(row -> !row.passed()).count();
        text.append(String.format(
                Locale.ROOT,
                "  %d tensors compared, %d failed, %d skipped, worst error %.4f of its tolerance",
                rows.size(),
                failed,
                skipped.size(),
                worstRatio()));
        firstFailure().ifPresent(row -> text.append(", first failure ").append(row.tensor()));
        return text.append('\n').toString();
    }
}
