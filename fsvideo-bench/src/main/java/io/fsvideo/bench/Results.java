package io.fsvideo.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        try {
            Files.createDirectories(folder);
            Path fresh = folder.resolve(FILE + ".part");
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
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
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
}
