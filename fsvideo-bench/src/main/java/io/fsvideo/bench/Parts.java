package io.fsvideo.bench;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where the time of a network goes: its operations one by one, and what is left outside them. */
final class Parts {
    /** Folder that a run collects them in. */
    static final String FOLDER = "fsvideo.bench.parts";

    private Parts() {}

    static void write(String bench, String shape, DType dtype, Trace trace, double seconds) {
        String folder = System.getProperty(FOLDER);
        if (folder == null) {
            return;
        }
        String name = bench + "-" + shape.replace(':', '-') + "-" + dtype + ".md";
        try {
            Files.createDirectories(Path.of(folder));
            Files.writeString(Path.of(folder, name), table(bench + " " + shape + " " + dtype, trace, seconds));
        } catch (IOException e) {
            throw new FsVideoException("bench: parts must be writable to " + folder + ", got " + e, e);
        }
    }

    static String table(String title, Trace trace, double seconds) {
        StringBuilder page = new StringBuilder("### " + title + "\n\n");
        page.append("| part | calls | ms | of the whole | TFLOP/s | GB/s |\n|---|--:|--:|--:|--:|--:|\n");
        List<Map.Entry<String, Trace.Part>> parts = trace.parts().entrySet().stream()
                .sorted(Comparator.comparing(entry -> -entry.getValue().seconds))
                .toList();
        for (Map.Entry<String, Trace.Part> entry : parts) {
            Trace.Part part = entry.getValue();
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %.2f | %.1f %% | %.3f | %.1f |%n",
                    entry.getKey(),
                    part.calls,
                    1e3 * part.seconds,
                    100 * part.seconds / seconds,
                    part.flops / part.seconds * 1e-12,
                    part.bytes / part.seconds * 1e-9));
        }
        double rest = seconds - trace.seconds();
        page.append(String.format(
                Locale.ROOT,
                "| outside operations: arenas, checks, launches, waiting | | %.2f | %.1f %% | | |%n",
                1e3 * rest,
                100 * rest / seconds));
        page.append(String.format(Locale.ROOT, "| whole | | %.2f | 100 %% | | |%n", 1e3 * seconds));
        return page.toString();
    }

    /** All tables of a folder, by name. */
    static List<String> read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.sorted().map(Parts::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new FsVideoException("bench: parts must be readable from " + file + ", got " + e, e);
        }
    }
}
