package io.fsvideo.weightstools.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a checkpoint as Hugging Face lays it out: {@code model.safetensors}, or shards of it and their index. */
public final class ShardWriter {
    /** The size of a shard that published checkpoints have. */
    public static final long USUAL_BYTES = 5_000_000_000L;

    private static final String SUFFIX = ".safetensors";

    private final Path folder;
    private final Map<String, String> metadata;
    private final Content content;

    /** Writes all data of one declared tensor. */
    public interface Content {
        void write(String name, SafetensorsWriter writer);
    }

    /**
     * @param folder exists and is empty
     * @param metadata for every file's header
     */
    public ShardWriter(Path folder, Map<String, String> metadata, Content content) {
        this.folder = folder;
        this.metadata = metadata;
        this.content = content;
    }

    /**
     * Writes the tensors, their index, and {@link Checksums} of all files in the folder.
     *
     * @param mostBytes of data in one file, unless one tensor has more
     * @return the number of files with tensors
     */
    public int write(Map<String, Declared> tensors, long mostBytes) throws IOException {
        List<Map<String, Declared>> shards = split(tensors, mostBytes);
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.putObject("metadata").put("total_size", bytes(tensors));
        ObjectNode files = index.putObject("weight_map");
        Checksums checksums = new Checksums();
        for (int i = 0; i < shards.size(); i++) {
            String name = shards.size() == 1
                    ? "model"
                    : String.format(Locale.ROOT, "model-%05d-of-%05d", i + 1, shards.size());
            Path file = folder.resolve(name + SUFFIX);
            checksums.add(file, writeFile(file, shards.get(i)));
            shards.get(i).keySet().forEach(key -> files.put(key, name + SUFFIX));
        }
        if (shards.size() > 1) {
            Files.writeString(folder.resolve("model" + SUFFIX + ".index.json"), index.toPrettyString() + "\n");
        }
        checksums.write(folder);
        return shards.size();
    }

    /** One file with all tensors. @return its SHA-256 in hexadecimal */
    public String writeFile(Path file, Map<String, Declared> tensors) {
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, metadata)) {
            writer.keys().forEach(name -> content.write(name, writer));
            return writer.commit();
        }
    }

    private static List<Map<String, Declared>> split(Map<String, Declared> tensors, long mostBytes) {
        List<Map<String, Declared>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
        long bytes = 0;
        for (Map.Entry<String, Declared> entry : tensors.entrySet()) {
            long more = bytes(entry.getValue());
            if (bytes > 0 && bytes + more > mostBytes) {
                shards.add(new LinkedHashMap<>());
                bytes = 0;
            }
            shards.get(shards.size() - 1).put(entry.getKey(), entry.getValue());
            bytes += more;
        }
        return shards;
    }

    /** The bytes of all data of these tensors. */
    public static long bytes(Map<String, Declared> tensors) {
        return tensors.values().stream().mapToLong(ShardWriter::bytes).sum();
    }

    private static long bytes(Declared tensor) {
        return Math.multiplyExact(tensor.shape().numel(), (long) tensor.dtype().bytes());
    }
}
