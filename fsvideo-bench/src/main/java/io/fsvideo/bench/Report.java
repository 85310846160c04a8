package io.fsvideo.bench;

import io.fsvideo.tensor.FsVideoException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** One page about one run: what was measured on what, and how near each operation is to the run's ceilings. */
final class Report {
    private static final int BAR = 20;

    private final List<RunResult> results;

    private Report(List<RunResult> results) {
        this.results = results;
    }

    static String of(List<RunResult> results, String device, Instant date) {
        Report report = new Report(results);
        StringBuilder page = new StringBuilder("# Operations measured\n\n");
        page.append(device).append("\\\n");
        page.append("Java ")
                .append(System.getProperty("java.version"))
                .append(", ")
                .append(date)
                .append("\n\n");
        page.append(
                        "Ceilings, measured in the same run: CopyBench for memory, PeakBench for arithmetic of the same dtype. Bytes")
                .append(
                        " and operations are the least the definition needs; the share is of the ceiling that binds.\n\n");
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
        String dtype = result.getParams().getParam("dtype");
        double share = Math.max(
                rate(result, "gigabytes") / ceiling("CopyBench", "gigabytes", dtype),
                rate(result, "teraflops") / ceiling("PeakBench", "teraflops", dtype));
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %.3f ms | %.2f | %.4f | %.0f %% | %s |%n",
                BenchRun.name(result.getParams().getBenchmark()),
                result.getParams().getParam("shape"),
                dtype,
                1e3 / result.getPrimaryResult().getStatistics().getPercentile(50),
                rate(result, "gigabytes"),
                rate(result, "teraflops"),
                100 * share,
                "#".repeat((int) Math.round(BAR * Math.min(1, share))));
    }

    private double ceiling(String bench, String counter, String dtype) {
        return results.stream()
                .filter(result ->
                        BenchRun.name(result.getParams().getBenchmark()).equals(bench))
                .filter(result -> result.getParams().getParam("dtype").equals(dtype))
                .mapToDouble(result -> rate(result, counter))
                .max()
                .orElseThrow(() -> new FsVideoException("bench: the run must have " + bench + " in " + dtype));
    }

    private static double rate(RunResult result, String counter) {
        Result<?> found = result.getSecondaryResults().get(counter);
        return found == null ? 0 : found.getScore();
    }
}
