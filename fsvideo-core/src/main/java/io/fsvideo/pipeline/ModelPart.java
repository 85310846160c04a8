package io.fsvideo.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.Lora;
import io.fsvideo.weights.Manifest;
import io.fsvideo.weights.RandomWeights;
import io.fsvideo.weights.Requests;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * One part of a model: its configuration, through its constructor the names and shapes of its parameters, and how a rank reads its own
 * share of them.
 *
 * @since 0.1
 */
public final class ModelPart {
    private static final String CONFIG = "config.json";
    /** Parameters of at least this width are stored as published checkpoints are, in BF16 (CLIP: F16). */
    private static final int FULL_WIDTH = 1024;

    private final String folder;
    private final ObjectNode config;
    private final Function<Weights, ?> constructor;
    private final DType stored;
    private final Reader reader;

    /** Opens the parameters of one rank. */
    @FunctionalInterface
    public interface Reader {
        /**
         * Opens a checkpoint.
         *
         * @param place file or folder
         * @param loras what is merged into it while it is read
         * @param rank this rank, 0 where one has all of the part
         * @param ranks how many ranks split the part's columns, 1 where none do
         * @param files closes what was opened
         */
        TensorSource open(Path place, List<Lora> loras, int rank, int ranks, Resources files);
    }

    private ModelPart(String folder, ObjectNode config, Function<Weights, ?> constructor, DType stored, Reader reader) {
        this.folder = folder;
        this.config = config;
        this.constructor = constructor;
        this.stored = stored;
        this.reader = reader;
    }

    /**
     * Describes a part that every rank has whole and that is a directory of its own.
     *
     * @param config for {@code config.json}
     * @param constructor asks for every parameter
     * @param stored dtype of the parameters on disk
     */
    public static ModelPart of(ObjectNode config, Function<Weights, ?> constructor, DType stored) {
        Reader whole = (place, loras, rank, ranks, files) -> files.add(CheckpointSource.open(place, loras));
        return new ModelPart("", config, constructor, stored, whole);
    }

    /** Describes a text encoder. */
    public static ModelPart of(TextEncoderConfig config) {
        return of(config.toJson(), w -> new TextEncoder(w, config), stored(config.dim(), DType.BF16));
    }

    /** Describes an image encoder. */
    public static ModelPart of(ImageEncoderConfig config) {
        return of(config.toJson(), w -> new ImageEncoder(w, config), stored(config.visionDim(), DType.F16));
    }

    /** Describes a transformer, whose columns ranks can split. */
    public static ModelPart of(DitConfig config) {
        return new ModelPart(
                "",
                config.toJson(),
                w -> new Dit(w, config),
                stored(config.dim(), DType.BF16),
                (place, loras, rank, ranks, files) -> {
                    TensorParallel split = TensorParallel.of(config, ranks);
                    return split.source(files.add(CheckpointSource.open(split.place(place, rank), loras)), rank);
                });
    }

    /** Returns the dtype that a checkpoint of this width is stored in: F32 when it is small, else {@code published}. */
    public static DType stored(int width, DType published) {
        return width < FULL_WIDTH ? DType.F32 : published;
    }

    /** Returns the same part in another folder. */
    public ModelPart in(Part part) {
        return new ModelPart(part.folder(), config, constructor, stored, reader);
    }

    /** Returns the name of its folder in the model's directory, empty for that directory itself. */
    public String folder() {
        return folder;
    }

    /** Returns a copy of what stands in {@code config.json}. */
    public ObjectNode config() {
        return config.deepCopy();
    }

    /** Returns the constructor, which asks for every parameter. */
    public Function<Weights, ?> constructor() {
        return constructor;
    }

    /** Returns the dtype of the parameters on disk. */
    public DType stored() {
        return stored;
    }

    /** Returns how a rank opens its parameters. */
    public Reader reader() {
        return reader;
    }

    /** Returns the bytes of its parameters on disk. */
    public long bytes(Backend backend) {
        return Math.multiplyExact(requests(backend).count(), (long) stored.bytes());
    }

    /** Returns the names and shapes of its parameters, in few lines. */
    public List<String> manifest(Backend backend) {
        return Manifest.of(folder.isEmpty() ? "model" : folder, requests(backend));
    }

    private Requests requests(Backend backend) {
        return Weights.requests(backend, constructor);
    }

    /**
     * Writes {@code config.json} and random parameters, the same bytes for the same seed.
     *
     * @param directory of the model, in which the part has its folder
     */
    public void write(Path directory, long seed, Backend backend) throws IOException {
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
