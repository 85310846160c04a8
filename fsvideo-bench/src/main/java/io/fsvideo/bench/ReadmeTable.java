package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The short table of measurements in a README, between two markers; nobody writes it by hand. */
final class ReadmeTable {
    static final String BEGIN = "<!-- measured: written by fsvideo bench report --readme -->";
    static final String END = "<!-- /measured -->";

    /** What the table shows: title, bench, shape, dtype. */
    private static final String[][] ROWS = {
        {"linear 1860 x 1536 x 8960", "LinearBench", "wan1.3b:1860x1536x8960", "F32"},
        {"the same in BF16", "LinearBench", "wan1.3b:1860x1536x8960", "BF16"},
        {"3x3x3 convolution, 9 x 128 x 128, 64 channels", "Conv3dBench", "fsae_stage0:9x128x128x64x64", "F32"},
        {"attention, 1860 tokens, 12 heads of 128", "AttentionBench", "wan1.3b:1860x12x128", "F32"},
        {"layer norm, 1860 x 1536", "LayerNormBench", "wan1.3b:1860x1536", "F32"},
        {"RMS norm, 1860 x 1536", "RmsNormBench", "wan1.3b:1860x1536", "F32"},
        {"GELU, 1860 x 8960", "ActivationBench", "wan1.3b:1860x8960", "F32"},
        {"Wan 1.3B block, 1860 tokens", "DitBlockBench", "wan1.3b:31x12x20", "F32"},
        {"FSAE Lite decode, 9 frames of 256 x 256", "FsaeDecodeBench", "fsae_lite:3x4x4", "F32"},
        {"FSVideo 14B block, 7440 tokens", "DitBlockBench", "fsvideo14b:31x12x20", "BF16"},
    };

    private ReadmeTable() {}

    /** @throws FsVideoException when the file has no markers */
    static void write(Path readme, List<Path> folders) {
        try {
            String text = Files.readString(readme);
            int from = text.indexOf(BEGIN);
            int to = text.indexOf(END);
            if (from < 0 || to < from) {
                throw new FsVideoException(
                        "bench: " + readme + " must have the lines " + BEGIN + " and " + END + ", got none");
            }
            Files.writeString(
                    readme, text.substring(0, from + BEGIN.length()) + "\n" + table(folders) + text.substring(to));
        } catch (IOException e) {
            throw new FsVideoException("bench: " + readme + " must be readable and writable, got " + e, e);
        }
    }

    static String table(List<Path> folders) {
        StringBuilder page = new StringBuilder();
        StringBuilder head = new StringBuilder("| work |");
        StringBuilder rule = new StringBuilder("|---|");
        List<List<Standing>> columns = folders.stream()
                .map(folder -> Files.exists(folder.resolve(Results.FILE))
                        ? Standing.of(Results.read(folder))
                        : List.<Standing>of())
                .toList();
        for (int i = 0; i < folders.size(); i++) {
            Path folder = folders.get(i);
            head.append(' ').append(folder.getFileName()).append(" |");
            rule.append("--:|");
            if (!columns.get(i).isEmpty()) {
                JsonNode machine = Results.machine(Results.read(folder));
                page.append(String.format(
                        Locale.ROOT,
                        "`%s`: %s; %s; commit %s, %.10s%s.%n",
                        folder.getFileName(),
                        machine.path("processor").asText(),
                        machine.path("java").asText(),
                        machine.path("commit").asText(),
                        machine.path("date").asText(),
                        machine.has("note") ? "; " + machine.path("note").asText() : ""));
            }
        }
        page.append('\n').append(head).append('\n').append(rule).append('\n');
        for (String[] row : ROWS) {
            page.append("| ").append(row[0]).append(" |");
            columns.forEach(column -> page.append(' ').append(cell(column, row)).append(" |"));
            page.append('\n');
        }
        return page.toString();
    }

    private static String cell(List<Standing> column, String[] row) {
        return column.stream()
                .filter(s -> s.ours().bench().equals(row[1])
                        && s.ours().shape().equals(row[2])
                        && s.ours().dtype().equals(row[3]))
                .findFirst()
                .map(ReadmeTable::text)
                .orElse("not measured");
    }

    private static String text(Standing s) {
        double seconds = s.ours().seconds();
        String time = seconds < 10
                ? String.format(Locale.ROOT, "%.4g ms", 1e3 * seconds)
                : String.format(Locale.ROOT, "%.4g s", seconds);
        String beside = s.peer() == null
                ? ""
                : String.format(
                        Locale.ROOT, ", %.2fx %s", s.ratio(), s.peer().via().replaceFirst("-.*", ""));
        return time + beside;
    }
}
