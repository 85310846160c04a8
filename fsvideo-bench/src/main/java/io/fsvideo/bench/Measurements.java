package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads JMH's JSON. */
final class Measurements {
    private Measurements() {}

    /**
     * Every iteration's rate by bench and parameters.
     *
     * @throws FsVideoException when the file is not one that JMH wrote, or holds another kind of score
     */
    static Map<String, double[]> read(Path file) {
        Map<String, double[]> all = new TreeMap<>();
        for (JsonNode entry : parse(file)) {
            if (!entry.path("mode").asText().equals("thrpt")) {
                throw new FsVideoException("compare: " + file + " must hold throughputs, got mode "
                        + entry.path("mode").asText());
            }
            String name = BenchRun.name(entry.path("benchmark").asText()) + " "
                    + entry.path("params").path("shape").asText() + " "
                    + entry.path("params").path("dtype").asText() + via(entry);
            all.put(name, rates(file, name, entry.path("primaryMetric").path("rawData")));
        }
        return all;
    }

    private static String via(JsonNode entry) {
        String via = entry.path("params").path("via").asText(Peers.OURS);
        return via.equals(Peers.OURS) ? "" : " via " + via;
    }

    private static JsonNode parse(Path file) {
        try {
            JsonNode root = new ObjectMapper().readTree(file.toFile());
            if (root != null && root.isArray() && !root.isEmpty()) {
                return root;
            }
        } catch (IOException e) {
            throw new FsVideoException("compare: " + file + " must be a readable JSON file of JMH's, got " + e, e);
        }
        throw new FsVideoException("compare: " + file + " must be an array of results, got something else");
    }

    private static double[] rates(Path file, String name, JsonNode forks) {
        List<Double> rates = new ArrayList<>();
        forks.forEach(fork -> fork.forEach(rate -> rates.add(rate.asDouble())));
        if (rates.isEmpty() || rates.stream().anyMatch(rate -> !(rate > 0))) {
            throw new FsVideoException("compare: " + file + " must have positive rates for " + name + ", got " + rates);
        }
        return rates.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
