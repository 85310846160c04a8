package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** One page about one device: what was measured, how near each operation is to the ceilings, how other libraries do. */
final class Report {
    static final String FILE = "report.md";
    static final String PARTS = "parts";

    private static final String INTRODUCTION = """
            Medians over iterations, the extremes in brackets. Ceilings, measured in the same way in the latest run: CopyBench for memory,
            PeakBench for arithmetic of the same dtype; bytes and operations are the least the definition needs. The share is of the
            ceiling that binds; data that stays in caches can be above 100 %. The peer is the fastest of the other library's ways to do the same
            work on the same numbers with as many threads; the ratio is its time over ours, and 0.95 to 1.05 is parity.
            """;

    private Report() {}

    /** Writes {@code report.md} and its charts from a folder's results; returns the files. */
    static List<Path> write(Path folder) {
        List<Measured> all = Results.read(folder);
        List<Standing> standings = Standing.of(all);
        try {
            List<Path> charts = Charts.write(folder, standings);
            StringBuilder page = new StringBuilder("# Measured\n\n");
            machine(page, Results.machine(all));
            page.append(INTRODUCTION).append('\n');
            charts.forEach(chart -> page.append("![Shares of the ceilings](")
                    .append(chart.getFileName())
                    .append(")\n\n"));
            ceilings(page, all);
            operations(page, standings);
            networks(page, standings);
            for (String part : Parts.read(folder.resolve(PARTS))) {
                page.append('\n').append(part);
            }
            Path report = folder.resolve(FILE);
            Files.writeString(report, page);
            return List.of(report);
        } catch (IOException e) {
            throw new FsVideoException("bench: report must be writable to " + folder + ", got " + e, e);
        }
    }

    private static void machine(StringBuilder page, JsonNode machine) {
        machine.fields().forEachRemaining(field -> {
            if (!field.getValue().asText().isEmpty()) {
                page.append("- ").append(field.getKey()).append(": ");
                page.append(field.getValue().asText()).append('\n');
            }
        });
        page.append('\n');
    }

    private static void ceilings(StringBuilder page, List<Measured> all) {
        page.append("| ceiling | dtype | |\n|---|---|--:|\n");
        for (Measured m : all) {
            if (m.bench().equals("CopyBench")) {
                page.append(String.format(Locale.ROOT, "| memory | %s | %.1f GB/s |%n", m.dtype(), m.gigabytes()));
            } else if (m.bench().equals("PeakBench")) {
                page.append(
                        String.format(Locale.ROOT, "| arithmetic | %s | %.3f TFLOP/s |%n", m.dtype(), m.teraflops()));
            }
        }
        page.append('\n');
    }

    private static void operations(StringBuilder page, List<Standing> standings) {
        page.append("## Operations\n\n");
        page.append("| bench | shape | dtype | ms | GB/s | TFLOP/s | of the ceiling | peer | its ms | ratio |\n");
        page.append("|---|---|---|--:|--:|--:|--:|---|--:|--:|\n");
        standings.stream()
                .filter(s -> !isNetwork(s))
                .forEach(s -> page.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %.2f | %.4f | %.0f %% | %s |%n",
                        s.ours().bench().replaceFirst("Bench$", ""),
                        s.ours().shape(),
                        s.ours().dtype(),
                        milliseconds(s.ours()),
                        s.ours().gigabytes(),
                        s.ours().teraflops(),
                        100 * s.share(),
                        peer(s))));
    }

    private static void networks(StringBuilder page, List<Standing> standings) {
        if (standings.stream().noneMatch(Report::isNetwork)) {
            return;
        }
        page.append("\n## Networks\n\n");
        page.append(
                "Process memory is what the process grew by from before the weights to the end of the first call, the library itself"
                        + " not counted.\n\n");
        page.append(
                "| bench | shape | dtype | ms | TFLOP/s | in operations | tensors, MB | process, MB | peer | its ms | ratio |"
                        + " its process, MB |\n");
        page.append("|---|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|\n");
        standings.stream()
                .filter(Report::isNetwork)
                .forEach(s -> page.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %.4f | %.1f %% | %.0f | %s | %s | %s |%n",
                        s.ours().bench().replaceFirst("Bench$", ""),
                        s.ours().shape(),
                        s.ours().dtype(),
                        milliseconds(s.ours()),
                        s.ours().teraflops(),
                        s.ours().inOperations(),
                        s.ours().tensorMegabytes(),
                        megabytes(s.ours()),
                        peer(s),
                        s.peer() == null ? "" : megabytes(s.peer()))));
    }

    private static boolean isNetwork(Standing s) {
        return !Double.isNaN(s.ours().inOperations());
    }

    private static String megabytes(Measured m) {
        return m.processMegabytes() > 0 ? String.format(Locale.ROOT, "%.0f", m.processMegabytes()) : "";
    }

    private static String peer(Standing s) {
        return s.peer() == null
                ? "| | "
                : String.format(Locale.ROOT, "%s | %s | %.2f", s.peer().via(), milliseconds(s.peer()), s.ratio());
    }

    private static String milliseconds(Measured m) {
        return String.format(Locale.ROOT, "%.3f (%.3f - %.3f)", 1e3 * m.seconds(), 1e3 * m.least(), 1e3 * m.most());
    }
}
