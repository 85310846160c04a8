package io.fsvideo.bench;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** One page about one run: what was measured on what, and how near each operation is to the run's ceilings. */
final class Report {
    private static final int BAR = 20;

    private final double gigabytes;
    private final double teraflops;

    private Report(double gigabytes, double teraflops) {
        this.gigabytes = gigabytes;
        this.teraflops = teraflops;
    }

    static String of(List<RunResult> results, String device, Instant date) {
        Report report = new Report(best(results, "gigabytes"), best(results, "teraflops"));
        StringBuilder page = new StringBuilder("# Operations measured\n\n");
        page.append(device).append("\\\n");
        page.append("Java ")
                .append(System.getProperty("java.version"))
                .append(", ")
                .append(date)
                .append("\n\n");
        page.append(String.format(
                Locale.ROOT,
                "Ceilings are the best rates in this run: %.2f GB/s and %.4f TFLOP/s. Bytes and operations are the least the"
                        + " definition needs.%n%n",
                report.gigabytes,
                report.teraflops));
        page.append("| bench | shape | dtype | time, median | GB/s | TFLOP/s | of the ceiling | |\n");
        page.append("|---|---|---|--:|--:|--:|--:|---|\n");
        results.stream()
                .sorted(Comparator.comparing(
                                (RunResult r) -> BenchRun.name(r.getParams().getBenchmark()))
                        .thenComparing(r -> r.getParams().getParam("shape"))
                        .thenComparing(r -> r.getParams().getParam("dtype")))
                .forEach(result -> page.append(report.row(result)));
        return page.toString();
    }

    private String row(RunResult result) {
        double share = Math.max(rate(result, "gigabytes") / gigabytes, rate(result, "teraflops") / teraflops);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %.3f ms | %.2f | %.4f | %.0f %% | %s |%n",
                BenchRun.name(result.getParams().getBenchmark()),
                result.getParams().getParam("shape"),
                result.getParams().getParam("dtype"),
                1e3 / result.getPrimaryResult().getStatistics().getPercentile(50),
                rate(result, "gigabytes"),
                rate(result, "teraflops"),
                100 * share,
                "#".repeat((int) Math.round(BAR * share)));
    }

    private static double best(List<RunResult> results, String counter) {
        return results.stream()
                .mapToDouble(result -> rate(result, counter))
                .max()
                .orElse(0);
    }

    private static double rate(RunResult result, String counter) {
        Result<?> found = result.getSecondaryResults().get(counter);
        return found == null ? 0 : found.getScore();
    }
}
