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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
    private static final int LONGEST_NAME = 255;
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
        List<Path> indices = withoutVariants(list(fileOrFolder, INDEX_SUFFIX), INDEX_SUFFIX);
        if (indices.size() > 1) {
            throw Fault.of(fileOrFolder, "folder", "with at most one *" + INDEX_SUFFIX, indices);
        }
        if (indices.size() == 1) {
            return indexed(indices.get(0));
        }
        List<Path> files = withoutVariants(list(fileOrFolder, SUFFIX), SUFFIX);
        if (files.isEmpty()) {
            throw Fault.of(fileOrFolder, "folder", "with at least one *" + SUFFIX, "none");
        }
        return new Shards(fileOrFolder, files, Map.of());
    }

    static List<Path> list(Path folder, String suffix) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(p -> isNamed(p.getFileName().toString(), suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Fault.of(folder, "folder", "readable", e);
        }
    }

    /**
     * Chooses {@code x.safetensors} before its variant {@code x.fp16.safetensors}, as Diffusers does when no variant
     * is asked for.
     */
    private static List<Path> withoutVariants(List<Path> files, String suffix) {
        Set<String> names =
                files.stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        return files.stream()
                .filter(file ->
                        !names.contains(withoutVariant(file.getFileName().toString(), suffix)))
                .toList();
    }

    private static String withoutVariant(String name, String suffix) {
        int dot = name.lastIndexOf('.', name.length() - suffix.length() - 1);
        return dot < 0 ? "" : name.substring(0, dot) + suffix;
    }

    /** Names that begin with {@code ._} are what macOS keeps beside files on foreign disks. */
    private static boolean isNamed(String name, String suffix) {
        return name.endsWith(suffix) && !name.startsWith("._");
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
        if (!Files.isRegularFile(place)) {
            throw Fault.of(place, "index", "a file", "something else");
        }
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
        if (!isPlain(name)) {
            throw Fault.of(
                    place,
                    "file of " + Fault.shortened(key),
                    "a plain name ending in " + SUFFIX,
                    Fault.shortened(node.toString()));
        }
        return place.resolveSibling(name);
    }

    private static boolean isPlain(String name) {
        return name.endsWith(SUFFIX)
                && name.length() <= LONGEST_NAME
                && name.codePoints()
                        .noneMatch(c -> c == '/'
                                || c == '\\'
                                || c < ' '
                                || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
