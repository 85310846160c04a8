package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.Spelling;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A safetensors, GGUF or {@code torch.save} file, a folder of shards, or a model directory with all its parts. Opening reads headers only. Names and values
 * are those that a model reads, see {@link Spelling}, unless a checkpoint is opened as it is stored.
 */
public final class Checkpoint implements TensorFile {
    private final Path path;
    private final UnaryOperator<Container> layer;
    private final List<Container> files = new ArrayList<>();
    private final Map<String, Place> places = new TreeMap<>();
    private final List<String> findings = new ArrayList<>();

    private record Place(Container file, String key) {}

    private Checkpoint(Path path, UnaryOperator<Container> layer) {
        this.path = path;
        this.layer = layer;
    }

    /** @throws WeightsException when there is no checkpoint, its headers do not hold, or scales do not fit their values */
    public static Checkpoint open(Path path) {
        return open(path, Spelling::new);
    }

    /** The same under the names and in the types that stand in the files. */
    public static Checkpoint asStored(Path path) {
        return open(path, file -> file);
    }

    private static Checkpoint open(Path path, UnaryOperator<Container> layer) {
        Checkpoint checkpoint = new Checkpoint(path, layer);
        try {
            checkpoint.sources().forEach(checkpoint::add);
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /** What goes before the keys of each file or folder. */
    private Map<String, Path> sources() {
        if (!Files.exists(path.resolve("model_index.json"))) {
            return Map.of("", path);
        }
        Map<String, Path> sources = new LinkedHashMap<>();
        for (Path folder : partFolders(path)) {
            sources.put(folder.getFileName() + "/", folder);
        }
        return sources;
    }

    /** The folders of a model's parts, in alphabetical order: those with a configuration or weights. */
    public static List<Path> partFolders(Path model) {
        try (Stream<Path> entries = Files.list(model)) {
            return entries.filter(Checkpoint::isPart).sorted().toList();
        } catch (IOException e) {
            throw new WeightsException("weights: " + model + " must be a readable folder, got " + e, e);
        }
    }

    private static boolean isPart(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .anyMatch(name ->
                            name.equals("config.json") || name.endsWith(".safetensors") || name.endsWith(".gguf"));
        } catch (IOException e) {
            throw new WeightsException("weights: " + folder + " must be a readable folder, got " + e, e);
        }
    }

    private void add(String prefix, Path source) {
        Container file = spelled(Container.open(source));
        files.add(file);
        file.findings().forEach(finding -> findings.add(prefix + (prefix.isEmpty() ? "" : " ") + finding));
        for (String key : file.shapes().keySet()) {
            places.put(prefix + key, new Place(file, key));
        }
    }

    private Container spelled(Container file) {
        try {
            return layer.apply(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** What was found besides plain names and values, in words for people. */
    public List<String> findings() {
        return List.copyOf(findings);
    }

    /** One line with all {@link #findings}; empty without any. */
    public Optional<String> found() {
        return findings.isEmpty() ? Optional.empty() : Optional.of(path + ": " + String.join("; ", findings));
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public List<StoredInfo> tensors() {
        return places.keySet().stream().map(this::info).toList();
    }

    public boolean has(String name) {
        return places.containsKey(name);
    }

    /** One tensor. @throws WeightsException when there is none of this name */
    public StoredInfo info(String name) {
        Place place = place(name);
        Shape shape = place.file().shapes().get(place.key());
        if (!place.file().isDecoded(place.key())) {
            return stored(name);
        }
        DType dtype = place.file().dtype(place.key());
        return new StoredInfo(name, dtype.name(), shape, shape.numel() * dtype.bytes());
    }

    /** One tensor as the file stores it: quantised values have their own type and size there. */
    public StoredInfo stored(String name) {
        Place place = place(name);
        Shape shape = place.file().shapes().get(place.key());
        return new StoredInfo(
                name, place.file().storedType(place.key()), shape, place.file().bytes(place.key()));
    }

    /** Reads one tensor's values from the first on. @throws WeightsException when there is none of this name */
    public ValueReader values(String name) {
        Place place = place(name);
        return new ValueReader(place.file(), place.key());
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        Place place = place(name);
        place.file().read(place.key(), offset, target);
    }

    /** The metadata; where several files name the same key, the first one's value. */
    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = new TreeMap<>();
        files.forEach(file -> file.metadata().forEach(metadata::putIfAbsent));
        return metadata;
    }

    private Place place(String name) {
        Place place = places.get(name);
        if (place == null) {
            throw new WeightsException(
                    "weights: " + path + ": " + name + " must be present, got " + places.size() + " other tensors");
        }
        return place;
    }

    @Override
    public void close() {
        files.forEach(Container::close);
    }
}
