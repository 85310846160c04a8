package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * One bench at one shape, as kept.
 *
 * @param seconds of one call, median of the iterations; {@code least} and {@code most} are the extremes
 * @param gigabytes moved per second, at the median; {@code teraflops} likewise
 * @param tensorMegabytes NaN where not counted, as are the other two
 */
record Measured(
        String bench,
        String shape,
        String dtype,
        String via,
        double seconds,
        double least,
        double most,
        double gigabytes,
        double teraflops,
        double tensorMegabytes,
        double processMegabytes,
        double inOperations,
        JsonNode machine) {
    static Measured of(JsonNode entry) {
        double[] rates = values(entry.path("primaryMetric"));
        double median = median(rates);
        double scale = median / entry.path("primaryMetric").path("score").asDouble();
        JsonNode params = entry.path("params");
        return new Measured(
                BenchRun.name(entry.path("benchmark").asText()),
                params.path("shape").asText(),
                params.path("dtype").asText(),
                params.path("via").asText(Peers.OURS),
                1 / median,
                1 / rates[rates.length - 1],
                1 / rates[0],
                scale * counter(entry, "gigabytes").path("score").asDouble(),
                scale * counter(entry, "teraflops").path("score").asDouble(),
                event(entry, "tensorMegabytes"),
                event(entry, "processMegabytes"),
                event(entry, "inOperations"),
                entry.path("machine"));
    }

    private static JsonNode counter(JsonNode entry, String name) {
        return entry.path("secondaryMetrics").path(name);
    }

    private static double event(JsonNode entry, String name) {
        double[] values = values(counter(entry, name));
        return values.length == 0 ? Double.NaN : median(values);
    }

    /** The values of all iterations, sorted. */
    private static double[] values(JsonNode metric) {
        List<Double> all = new ArrayList<>();
        metric.path("rawData").forEach(fork -> fork.forEach(value -> all.add(value.asDouble())));
        return all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    boolean isOurs() {
        return via.equals(Peers.OURS);
    }

    /** Whether this is the same work as {@code other}'s. */
    boolean isSameWork(Measured other) {
        return bench.equals(other.bench) && shape.equals(other.shape) && dtype.equals(other.dtype);
    }
}
