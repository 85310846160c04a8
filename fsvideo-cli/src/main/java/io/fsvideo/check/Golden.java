package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A reference run: {@code config.json} (hyperparameters, kind, tolerances), {@code weights.safetensors} (absent for kinds without
 * parameters; {@code weights} in the configuration names another file, relative to the directory) and {@code io.safetensors} ({@code input.*}, {@code output.*}, intermediates {@code debug.*}, {@code output.tap.*}).
 */
public final class Golden implements AutoCloseable {
    private final Path directory;
    private final JsonNode config;
    private final Map<String, Shape> shapes;
    private final Map<String, float[]> values;

    private CheckpointSource weights;

    private Golden(Path directory, JsonNode config, Safetensors io) {
        this.directory = directory;
        this.config = config;
        this.shapes = Map.copyOf(io.shapes());
        this.values = new TreeMap<>();
        shapes.keySet().forEach(name -> values.put(name, io.floats(name)));
    }

    /**
     * Reads everything but the weights.
     *
     * @throws GoldenException when the directory has no readable {@code config.json} or {@code io.safetensors}
     */
    public static Golden open(Path directory) {
        Path config = directory.resolve("config.json");
        Path io = directory.resolve("io.safetensors");
        if (!Files.isRegularFile(config) || !Files.isRegularFile(io)) {
            throw new GoldenException("golden: " + directory + " must hold config.json and io.safetensors, got "
                    + (Files.isDirectory(directory) ? "a directory without them" : "no such directory"));
        }
        try (Safetensors stored = Safetensors.open(io)) {
            return new Golden(directory, new ObjectMapper().readTree(config.toFile()), stored);
        } catch (IOException e) {
            throw new GoldenException("golden: " + config + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** The name in its configuration, or the directory's. */
    public String name() {
        return config.path("name").asText(String.valueOf(directory.getFileName()));
    }

    /** Which check it is for. */
    public String kind() {
        return config.path("kind").asText("");
    }

    public JsonNode config() {
        return config;
    }

    /** Names of all stored tensors, sorted. */
    public Set<String> names() {
        return values.keySet();
    }

    public boolean has(String tensor) {
        return values.containsKey(tensor);
    }

    /** @throws GoldenException when there is no such tensor */
    public Shape shape(String tensor) {
        if (!has(tensor)) {
            throw new GoldenException("golden: " + directory + " must hold " + tensor + ", got only " + names());
        }
        return shapes.get(tensor);
    }

    /** A stored tensor's values in row-major order. @throws GoldenException when there is no such tensor */
    public float[] values(String tensor) {
        shape(tensor);
        return values.get(tensor).clone();
    }

    /** A stored tensor as it is, F32, in {@code a}. @throws GoldenException when there is no such tensor */
    public Tensor tensor(Arena a, String tensor) {
        return a.of(tensor, values(tensor), shape(tensor).toArray());
    }

    /**
     * A stored channels-first tensor as models take it, in {@code a}: {@code [batch, channels, frames, height, width]} or
     * {@code [channels, frames, height, width]} (batch 1) to {@code [batch, frames, height, width, channels]}.
     */
    public Tensor clip(Arena a, String tensor) {
        Shape shape = shape(tensor);
        int axes = shape.rank();
        if (axes != 4 && axes != 5) {
            throw new GoldenException("golden: " + tensor + " must have 4 or 5 axes, got " + shape);
        }
        try (Arena t = a.child(tensor)) {
            Tensor stored = tensor(t, tensor)
                    .reshape(axes == 5 ? shape.dim(0) : 1, shape.dim(-4), shape.dim(-3), shape.dim(-2), shape.dim(-1));
            return t.keep(t.permute(stored, 0, 2, 3, 4, 1));
        }
    }

    /** Largest absolute difference allowed, NaN when the configuration names none. */
    public double tolerance(String tensor) {
        return config.path("tolerance").path(tensor).path("abs").asDouble(Double.NaN);
    }

    /** The model's parameters; open until this golden is closed. */
    public CheckpointSource weights() {
        if (weights == null) {
            weights = CheckpointSource.open(
                    directory.resolve(config.path("weights").asText("weights.safetensors")));
        }
        return weights;
    }

    @Override
    public void close() {
        if (weights != null) {
            weights.close();
        }
    }
}
