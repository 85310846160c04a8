package io.fsvideo.weights;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.SafetensorsWriter.Opener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes checkpoints of random parameters, of any size, a piece at a time; the same bytes for the same seed on any machine. */
public final class RandomWeights {
    private static final long SHARD_BYTES = 5_000_000_000L;
    private static final int PIECE = 1 << 20;
    private static final String NAME = "model";

    private final Path folder;
    private final long seed;
    private final DType dtype;
    private final Opener opener;
    private final List<Path> written = new ArrayList<>();

    private RandomWeights(Path folder, long seed, DType dtype, Opener opener) {
        this.folder = folder;
        this.seed = seed;
        this.dtype = dtype;
        this.opener = opener;
    }

    /**
     * Writes {@code model.safetensors}, or shards of at most 5 GB (or one tensor) with their index. On failure nothing is left.
     *
     * @param folder made when absent; must not hold a checkpoint yet
     * @param requests what the model reads, from {@link Weights#requests}
     * @param stored F32, BF16, F16 or F8_E4M3
     * @throws WeightsException when the folder holds a checkpoint or cannot be written
     */
    public static void write(Path folder, Requests requests, long seed, DType stored) {
        write(folder, requests.shapes(), seed, stored, SHARD_BYTES, Opener.NEW_FILE);
    }

    static void write(Path folder, Map<String, Shape> shapes, long seed, DType stored, long shardBytes, Opener opener) {
        if (stored == DType.I32 || stored == DType.U8) {
            throw Fault.of(folder, "stored dtype", "F32, BF16, F16 or F8_E4M3", stored);
        }
        List<Path> made = missingFolders(folder);
        RandomWeights weights = new RandomWeights(folder, seed, stored, opener);
        try {
            weights.makeFolders();
            weights.requireNoCheckpoint();
            weights.write(weights.split(shapes, shardBytes));
        } catch (RuntimeException e) {
            weights.written.forEach(path -> delete(path, e));
            made.forEach(path -> delete(path, e));
            throw e;
        }
    }

    /** Folders on the way that do not exist, innermost first. */
    private static List<Path> missingFolders(Path folder) {
        List<Path> missing = new ArrayList<>();
        Path path = folder.toAbsolutePath();
        while (path != null && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            missing.add(path);
            path = path.getParent();
        }
        return missing;
    }

    private void makeFolders() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw Fault.of(folder, "folder", "writable", e);
        }
    }

    private void requireNoCheckpoint() {
        List<Path> found = new ArrayList<>(Shards.list(folder, Shards.SUFFIX));
        found.addAll(Shards.list(folder, Shards.INDEX_SUFFIX));
        if (!found.isEmpty()) {
            throw Fault.of(folder, "folder", "without a checkpoint; remove it or choose another", found);
        }
    }

    private List<Map<String, Declared>> split(Map<String, Shape> shapes, long shardBytes) {
        List<Map<String, Declared>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
        long bytes = 0;
        for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
            Declared declared = new Declared(dtype, entry.getValue());
            if (bytes > 0 && bytes + declared.bytes() > shardBytes) {
                shards.add(new LinkedHashMap<>());
                bytes = 0;
            }
            shards.get(shards.size() - 1).put(entry.getKey(), declared);
            bytes += declared.bytes();
        }
        return shards;
    }

    private void write(List<Map<String, Declared>> shards) {
        Map<String, String> index = new LinkedHashMap<>();
        for (int i = 0; i < shards.size(); i++) {
            String name = shards.size() == 1
                    ? NAME + Shards.SUFFIX
                    : String.format(Locale.ROOT, "%s-%05d-of-%05d%s", NAME, i + 1, shards.size(), Shards.SUFFIX);
            writeShard(folder.resolve(name), shards.get(i));
            shards.get(i).keySet().forEach(key -> index.put(key, name));
        }
        if (shards.size() > 1) {
            long total = shards.stream()
                    .flatMap(shard -> shard.values().stream())
                    .mapToLong(Declared::bytes)
                    .sum();
            writeIndex(folder.resolve(NAME + Shards.INDEX_SUFFIX), index, total);
        }
    }

    private void writeShard(Path file, Map<String, Declared> tensors) {
        Map<String, String> metadata = Map.of("format", "pt", "source", "random weights of seed " + seed);
        float[] piece = new float[PIECE];
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, metadata, opener)) {
            for (String key : writer.keys()) {
                Shape shape = tensors.get(key).shape();
                RandomRule rule = RandomRule.of(key, shape);
                long keySeed = RandomRule.seed(seed, key);
                long numel = shape.numel();
                for (long done = 0; done < numel; done += PIECE) {
                    int count = (int) Math.min(PIECE, numel - done);
                    rule.fill(piece, count, keySeed, done);
                    writer.write(key, piece, 0, count);
                }
            }
            writer.commit();
            written.add(file);
        }
    }

    /** Written last, so that shards of a killed process are never taken for a whole checkpoint. */
    private void writeIndex(Path file, Map<String, String> index, long total) {
        written.add(file);
        try (OutputStream out = Files.newOutputStream(file);
                JsonGenerator json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeNumberField("total_size", total);
            json.writeEndObject();
            json.writeObjectFieldStart("weight_map");
            for (Map.Entry<String, String> entry : index.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw Fault.of(file, "index", "writable", e);
        }
    }

    private static void delete(Path path, RuntimeException reason) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
