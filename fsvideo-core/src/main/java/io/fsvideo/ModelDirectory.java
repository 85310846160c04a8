package io.fsvideo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model on disk, laid out like a Hugging Face repository: {@code model_index.json}, {@code tokenizer/tokenizer.json}, and per
 * {@link Part} a folder with {@code config.json} and its {@code *.safetensors}.
 */
public final class ModelDirectory {
    private static final String INDEX = "model_index.json";

    private final Path directory;
    private final ModelConfig config;

    private ModelDirectory(Path directory, ModelConfig config) {
        this.directory = directory;
        this.config = config;
    }

    /** Reads the configurations. @throws ModelException listing everything that is missing, or naming what cannot be read */
    public static ModelDirectory open(Path directory) {
        if (!Files.isRegularFile(directory.resolve(INDEX))) {
            requireComplete(directory, EnumSet.allOf(Part.class));
        }
        JsonNode index = json(directory.resolve(INDEX));
        PipelineClass pipeline = PipelineClass.of(directory.resolve(INDEX), index);
        requireComplete(directory, pipeline.parts());
        Map<Part, JsonNode> parts = new EnumMap<>(Part.class);
        for (Part part : pipeline.parts()) {
            parts.put(part, json(directory.resolve(part.folder()).resolve("config.json")));
        }
        try {
            return new ModelDirectory(directory, pipeline.read(index.path("pipeline"), parts));
        } catch (FsVideoException e) {
            throw new ModelException(
                    "model: configurations in " + directory + " must be legal, got: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelException(
                    "model: pipeline in " + directory.resolve(INDEX) + " must be complete, got " + e.getMessage(), e);
        }
    }

    private static void requireComplete(Path directory, Set<Part> parts) {
        List<String> missing = new ArrayList<>();
        require(missing, directory, INDEX);
        require(missing, directory, "tokenizer/tokenizer.json");
        for (Part part : parts) {
            require(missing, directory, part.folder() + "/config.json");
        }
        if (!missing.isEmpty()) {
            throw new ModelException("model: " + directory + " must be a complete model directory, got none of "
                    + missing + "; make one with: fsvideo weights init --config tiny --out " + directory);
        }
    }

    private static void require(List<String> missing, Path directory, String file) {
        if (!Files.isRegularFile(directory.resolve(file))) {
            missing.add(file);
        }
    }

    private static JsonNode json(Path file) {
        try {
            return PipelineClass.JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new ModelException("model: " + file + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** {@code model_index.json} of a model. */
    static JsonNode index(ModelConfig config) {
        ObjectNode index = PipelineClass.JSON
                .createObjectNode()
                .put("_class_name", config.className())
                .put("_fsvideo_version", Version.TEXT);
        for (Part part : config.parts()) {
            index.putArray(part.folder()).add("fsvideo").add(part.name());
        }
        index.set("pipeline", PipelineClass.JSON.valueToTree(config.pipeline()));
        return index;
    }

    public ModelConfig config() {
        return config;
    }

    /** The tokenizer's file. */
    public Path tokenizer() {
        return directory.resolve("tokenizer").resolve("tokenizer.json");
    }

    /**
     * Compares names and shapes of every part's checkpoint with its configuration, reading headers only.
     *
     * @param backend any; tells which parameters a model has
     * @throws io.fsvideo.weights.WeightsException naming the first part that does not fit, with all its missing, unused and mis-shaped keys
     */
    public void requireFittingWeights(Backend backend) {
        for (ModelPart part : ModelCatalogue.parts(config)) {
            try (Safetensors file = Safetensors.open(directory.resolve(part.folder()))) {
                Weights.requireFit(backend, file, part.constructor());
            }
        }
    }

    /** Loads every part into {@code arena}, to compute in {@code dtype}. */
    Pipeline load(Arena arena, DType dtype) {
        try (Resources files = new Resources()) {
            return Pipeline.load(
                    arena, config, dtype, part -> files.add(Safetensors.open(directory.resolve(part.folder()))));
        }
    }
}
