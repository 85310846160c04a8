package io.fsvideo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Manifest;
import io.fsvideo.weights.RandomWeights;
import io.fsvideo.weights.Requests;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * What one part of a model directory has to be: its configuration, and through its constructor the names and shapes of its parameters.
 *
 * @param folder its folder in the directory, empty for the directory itself
 * @param config for {@code config.json}
 * @param constructor asks for every parameter
 * @param stored dtype of the parameters on disk
 */
public record ModelPart(String folder, ObjectNode config, Function<Weights, ?> constructor, DType stored) {
    private static final String CONFIG = "config.json";

    /**
     * All parts of a pipeline, each in its folder, or the one part of this name.
     *
     * @param config one of {@link ModelInit#names()}
     * @throws ModelException when there is no such configuration
     */
    public static List<ModelPart> named(String config) {
        return ModelCatalogue.parts(config);
    }

    /** A part that is a directory of its own. */
    public static ModelPart of(ObjectNode config, Function<Weights, ?> constructor, DType stored) {
        return new ModelPart("", config, constructor, stored);
    }

    /** The same in another folder. */
    ModelPart in(String other) {
        return new ModelPart(other, config, constructor, stored);
    }

    /** Bytes of its parameters on disk. */
    long bytes(Backend backend) {
        return Math.multiplyExact(requests(backend).count(), (long) stored.bytes());
    }

    /** Names and shapes of its parameters, in few lines. */
    public List<String> manifest(Backend backend) {
        return Manifest.of(folder.isEmpty() ? "model" : folder, requests(backend));
    }

    private Requests requests(Backend backend) {
        return Weights.requests(backend, constructor);
    }

    /** Writes {@code config.json} and random parameters, the same bytes for the same seed. */
    void write(Path directory, long seed, Backend backend) throws IOException {
        Path place = directory.resolve(folder);
        Files.createDirectories(place);
        Files.writeString(place.resolve(CONFIG), config.toPrettyString() + "\n", StandardCharsets.UTF_8);
        RandomWeights.write(place, requests(backend), partSeed(seed), stored);
    }

    /** Parts of one class share parameter names: the folder keeps a base and a refiner apart. */
    private long partSeed(long seed) {
        return folder.isEmpty() ? seed : seed * 31 + folder.hashCode();
    }
}
