package io.fsvideo;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a generation needs on its backend, found by running it without data.
 *
 * @param weights bytes of every part's parameters, whether they stay or come for their stage
 * @param stages what each stage needs beside the weights that stay
 * @param loadingBytes most bytes in use while the model is opened, from checkpoints stored in F32; narrower ones take less
 * @param peakBytes most bytes in use at any time of the generation, weights that are there included
 * @param hostBytes page-locked memory of the host for weights that are away
 * @since 0.1
 */
public record MemoryPlan(
        Map<String, Long> weights, List<StagePlan> stages, long loadingBytes, long peakBytes, long hostBytes) {
    /**
     * One stage.
     *
     * @param stage which one
     * @param carriedBytes bytes alive when it starts (results of earlier stages)
     * @param peakBytes most bytes it uses beside the weights that stay; carried ones and weights that come for it are included
     * @param layerMemoryBytes of these, hidden states kept for layer memory
     * @param streamBytes of these, caches of the streaming decoder
     */
    public record StagePlan(Stage stage, long carriedBytes, long peakBytes, long layerMemoryBytes, long streamBytes) {}

    /** Returns the bytes of all parts' parameters. */
    public long weightBytes() {
        return weights.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns a table for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        weights.forEach(
                (part, bytes) -> text.append(String.format(Locale.ROOT, "weights   %-18s %14s%n", part, mebi(bytes))));
        for (StagePlan s : stages) {
            text.append(String.format(Locale.ROOT, "stage     %-18s %14s", s.stage(), mebi(s.peakBytes())));
            text.append(s.carriedBytes() > 0 ? ", carried in " + mebi(s.carriedBytes()) : "");
            text.append(s.layerMemoryBytes() > 0 ? ", layer memory " + mebi(s.layerMemoryBytes()) : "");
            text.append(s.streamBytes() > 0 ? ", decoder buffers " + mebi(s.streamBytes()) : "");
            text.append(System.lineSeparator());
        }
        text.append(String.format(Locale.ROOT, "peak      %-18s %14s%n", "", mebi(peakBytes)));
        text.append(String.format(Locale.ROOT, "opening   %-18s %14s at most%n", "", mebi(loadingBytes)));
        if (hostBytes > 0) {
            text.append(String.format(Locale.ROOT, "host      %-18s %14s, page-locked%n", "", mebi(hostBytes)));
        }
        return text.toString();
    }

    private static String mebi(long bytes) {
        return String.format(Locale.ROOT, "%,.1f MiB", bytes / (1024.0 * 1024.0));
    }
}
