package io.fsvideo;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A model on disk, laid out like a Hugging Face repository: {@code model_index.json}, {@code tokenizer/tokenizer.json}, and per
 * {@link Part} a folder with {@code config.json} and its {@code *.safetensors}.
 */
public final class ModelDirectory {
    /** The only kind of pipeline there is; {@code _class_name} in {@code model_index.json}. */
    public static final String PIPELINE = "FsVideo";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final Path directory;
    private final ModelConfig config;

    private ModelDirectory(Path directory, ModelConfig config) {
        this.directory = directory;
        this.config = config;
    }

    /** Reads the configurations. @throws ModelException listing everything that is missing, or naming what cannot be read */
    public static ModelDirectory open(Path directory) {
        requireComplete(directory);
        Map<Part, JsonNode> parts = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            parts.put(part, json(directory.resolve(part.folder()).resolve("config.json")));
        }
        try {
            return new ModelDirectory(
                    directory,
                    new ModelConfig(
                            pipeline(directory),
                            TextEncoderConfig.fromJson(parts.get(Part.TEXT_ENCODER)),
                            ImageEncoderConfig.fromJson(parts.get(Part.IMAGE_ENCODER)),
                            AutoencoderConfig.fromJson(parts.get(Part.AUTOENCODER)),
                            DitConfig.fromJson(parts.get(Part.TRANSFORMER)),
                            LatentUpsamplerConfig.fromJson(parts.get(Part.LATENT_UPSAMPLER)),
                            DitConfig.fromJson(parts.get(Part.REFINER))));
        } catch (FsVideoException e) {
            throw new ModelException(
                    "model: configurations in " + directory + " must be legal, got: " + e.getMessage(), e);
        }
    }

    private static void requireComplete(Path directory) {
        List<String> missing = new ArrayList<>();
        require(missing, directory, "model_index.json");
        require(missing, directory, "tokenizer/tokenizer.json");
        for (Part part : Part.values()) {
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
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new ModelException("model: " + file + " must be JSON, got " + e.getMessage(), e);
        }
    }

    private static PipelineConfig pipeline(Path directory) {
        Path file = directory.resolve("model_index.json");
        JsonNode index = json(file);
        if (!PIPELINE.equals(index.path("_class_name").asText())) {
            throw new ModelException("model: _class_name in " + file + " must be one of [" + PIPELINE + "], got "
                    + index.path("_class_name").asText("nothing"));
        }
        try {
            return JSON.treeToValue(index.path("pipeline"), PipelineConfig.class);
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelException("model: pipeline in " + file + " must be complete, got " + e.getMessage(), e);
        }
    }

    /** {@code model_index.json} of a model. */
    static JsonNode index(ModelConfig config) {
        var index = JSON.createObjectNode().put("_class_name", PIPELINE).put("_fsvideo_version", Version.TEXT);
        for (Part part : Part.values()) {
            index.putArray(part.folder()).add("fsvideo").add(part.name());
        }
        index.set("pipeline", JSON.valueToTree(config.pipeline()));
        return index;
    }

    public ModelConfig config() {
        return config;
    }

    /** The tokenizer's file. */
    public Path tokenizer() {
        return directory.resolve("tokenizer").resolve("tokenizer.json");
    }

    /** Loads every part into {@code arena}, to compute in {@code dtype}. */
    Models load(Arena arena, DType dtype) {
        try (Resources files = new Resources()) {
            return Models.load(
                    arena, config, dtype, part -> files.add(Safetensors.open(directory.resolve(part.folder()))));
        }
    }
}
