package io.fsvideo.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which files make up a checkpoint: those its index names, or else every {@code *.safetensors} in the folder.
 *
 * @param place the index, or the folder or file without one
 * @param files in alphabetical order
 * @param index key to file; empty without an index
 */
record Shards(Path place, List<Path> files, Map<String, Path> index) {
    static final String SUFFIX = ".safetensors";
    static final String INDEX_SUFFIX = ".safetensors.index.json";

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(16).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** @throws WeightsException when there is no checkpoint, or its index does not hold */
    static Shards find(Path fileOrFolder) {
        if (!Files.isDirectory(fileOrFolder)) {
            return new Shards(fileOrFolder, List.of(fileOrFolder), Map.of());
        }
        List<Path> indices = list(fileOrFolder, INDEX_SUFFIX);
        if (indices.size() > 1) {
            throw Fault.of(fileOrFolder, "folder", "with at most one *" + INDEX_SUFFIX, indices);
        }
        if (indices.size() == 1) {
            return indexed(indices.get(0));
        }
        List<Path> files = list(fileOrFolder, SUFFIX);
        if (files.isEmpty()) {
            throw Fault.of(fileOrFolder, "folder", "with at least one *" + SUFFIX, "none");
        }
        return new Shards(fileOrFolder, files, Map.of());
    }

    static List<Path> list(Path folder, String suffix) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(p -> p.getFileName().toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Fault.of(folder, "folder", "readable", e);
        }
    }

    private static Shards indexed(Path place) {
        JsonNode map = read(place).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw Fault.of(place, "weight_map", "an object naming at least one key's file", map.getNodeType());
        }
        Map<String, Path> index = new TreeMap<>();
        map.properties().forEach(entry -> index.put(entry.getKey(), shard(place, entry.getKey(), entry.getValue())));
        return new Shards(place, List.copyOf(new TreeSet<>(index.values())), index);
    }

    private static JsonNode read(Path place) {
        try {
            long size = Files.size(place);
            if (size > SafetensorsFile.MAX_HEADER_BYTES) {
                throw Fault.of(place, "index", "at most " + SafetensorsFile.MAX_HEADER_BYTES + " bytes", size);
            }
            return JSON.readTree(Files.readAllBytes(place));
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    "weights: " + place + ": index must be a JSON object with distinct keys, got "
                            + Fault.shortened(e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw Fault.of(place, "index", "readable", e);
        }
    }

    /** Only plain names: an index from elsewhere must not make us read other folders. */
    private static Path shard(Path place, String key, JsonNode node) {
        String name = node.isTextual() ? node.textValue() : "";
        boolean plain = name.endsWith(SUFFIX) && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
        if (!plain) {
            throw Fault.of(
                    place,
                    "file of " + Fault.shortened(key),
                    "a plain name ending in " + SUFFIX,
                    Fault.shortened(node.toString()));
        }
        return place.resolveSibling(name);
    }
}
