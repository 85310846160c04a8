package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/** A folder's {@code results.json}: JMH's format, each entry with the machine it was measured on. New entries replace old ones. */
final class Results {
    static final String FILE = "results.json";
    private static final String MACHINE = "machine";
    private static final String COMMIT = "commit";
    /** What JMH writes that holds paths of the machine it ran on. */
    private static final List<String> PATHS = List.of("jvm", "jvmArgs");

    private static final ObjectMapper JSON = new ObjectMapper();

    private Results() {}

    /** Adds a run to those a folder has. */
    static void add(Path folder, Collection<RunResult> run, ObjectNode machine) {
        try (Temporary temporary = Temporary.in(folder)) {
            Files.createDirectories(folder);
            Path fresh = temporary.path();
            ResultFormatFactory.getInstance(ResultFormatType.JSON, fresh.toString())
                    .writeOut(run);
            Map<String, JsonNode> all = new LinkedHashMap<>();
            Path file = folder.resolve(FILE);
            if (Files.exists(file)) {
                JSON.readTree(file.toFile()).forEach(entry -> all.put(key(entry), entry));
            }
            for (JsonNode entry : JSON.readTree(fresh.toFile())) {
                ((ObjectNode) entry).remove(PATHS);
                ((ObjectNode) entry).set(MACHINE, machine);
                all.put(key(entry), entry);
            }
            ArrayNode array = JSON.createArrayNode().addAll(all.values());
            JSON.writerWithDefaultPrettyPrinter().writeValue(fresh.toFile(), array);
            temporary.moveTo(file);
        } catch (IOException e) {
            throw new FsVideoException("bench: results must be writable to " + folder + ", got " + e, e);
        }
    }

    private static String key(JsonNode entry) {
        return entry.path("benchmark").asText() + entry.path("params");
    }

    /** @throws FsVideoException when the folder has no results */
    static List<Measured> read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            List<Measured> all = new ArrayList<>();
            JSON.readTree(file.toFile()).forEach(entry -> all.add(Measured.of(entry)));
            return all;
        } catch (IOException e) {
            throw new FsVideoException("bench: results must be readable from " + file + ", got " + e, e);
        }
    }

    /** What the latest of the measurements was made on, with the commits of all, the latest first. */
    static JsonNode machine(List<Measured> all) {
        List<JsonNode> machines = all.stream()
                .map(Measured::machine)
                .sorted(Comparator.comparing(
                                (JsonNode machine) -> machine.path("date").asText())
                        .reversed())
                .toList();
        if (machines.isEmpty()) {
            throw new FsVideoException("bench: results must not be empty");
        }
        ObjectNode latest = machines.get(0).deepCopy();
        return latest.put(
                COMMIT,
                machines.stream()
                        .map(machine -> machine.path(COMMIT).asText())
                        .distinct()
                        .collect(Collectors.joining(", ")));
    }

    /**
     * Every iteration's rate by bench and parameters.
     *
     * @throws FsVideoException when the file is not one that JMH wrote, or holds another kind of score
     */
    static Map<String, double[]> rates(Path file) {
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
            JsonNode root = JSON.readTree(file.toFile());
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
