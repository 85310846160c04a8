package io.fsvideo;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.util.List;
import java.util.Map;

/**
 * What a generation needs on its backend, found by running it without data.
 *
 * @param weights bytes of every part's parameters
 * @param stages what each stage needs beside the weights
 * @param peakBytes most bytes in use at any time, weights included
 */
public record MemoryPlan(Map<String, Long> weights, List<StagePlan> stages, long peakBytes) {
    /**
     * One stage.
     *
     * @param stage which one
     * @param carriedBytes bytes alive when it starts (results of earlier stages)
     * @param peakBytes most bytes it uses beside the weights, carried ones included
     * @param layerMemoryBytes of these, hidden states kept for layer memory
     * @param streamBytes of these, caches of the streaming decoder
     */
    public record StagePlan(Stage stage, long carriedBytes, long peakBytes, long layerMemoryBytes, long streamBytes) {}

    /** Plans a model that need not be there: nothing of it is read or allocated; prompts count at their greatest length. */
    public static MemoryPlan of(ModelConfig config, Backend backend, Request request) {
        return of(config, backend.computeDType(), backend, request);
    }

    /** The same for models that compute in {@code dtype}, F32 or BF16. */
    public static MemoryPlan of(ModelConfig config, DType dtype, Backend backend, Request request) {
        return Planner.plan(config, dtype, backend, request, Prompts.longest(config.textLen()));
    }

    /** Sum of all parts' parameters. */
    public long weightBytes() {
        return weights.values().stream().mapToLong(Long::longValue).sum();
    }

    /** A table for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        weights.forEach((part, bytes) -> text.append(String.format("weights   %-18s %14s%n", part, mebi(bytes))));
        for (StagePlan s : stages) {
            text.append(String.format("stage     %-18s %14s", s.stage(), mebi(s.peakBytes())));
            text.append(s.carriedBytes() > 0 ? ", carried in " + mebi(s.carriedBytes()) : "");
            text.append(s.layerMemoryBytes() > 0 ? ", layer memory " + mebi(s.layerMemoryBytes()) : "");
            text.append(s.streamBytes() > 0 ? ", decoder buffers " + mebi(s.streamBytes()) : "");
            text.append(System.lineSeparator());
        }
        text.append(String.format("peak      %-18s %14s%n", "", mebi(peakBytes)));
        return text.toString();
    }

    private static String mebi(long bytes) {
        return String.format("%,.1f MiB", bytes / (1024.0 * 1024.0));
    }
}
