package io.fsvideo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.RenamedSource;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * A model on disk, laid out like a Hugging Face repository: {@code model_index.json}, {@code tokenizer/tokenizer.json}, and per
 * {@link Part} a folder with {@code config.json} and its {@code *.safetensors}. Wan2.1 in Diffusers' layout is read as it is.
 */
public final class ModelDirectory {
    private final Path directory;
    private final PipelineClass kind;
    private final ModelConfig config;

    private ModelDirectory(Path directory, PipelineClass kind, ModelConfig config) {
        this.directory = directory;
        this.kind = kind;
        this.config = config;
    }

    /** Reads the configurations. @throws ModelException listing everything that is missing, or naming what cannot be read */
    public static ModelDirectory open(Path directory) {
        Path place = directory.resolve(ModelFiles.INDEX);
        if (!Files.isRegularFile(place)) {
            new ModelFiles(directory, null).requireConfigurations();
        }
        JsonNode index = json(place);
        PipelineClass pipeline = PipelineClass.of(place, index);
        new ModelFiles(directory, pipeline).requireConfigurations();
        Map<Part, JsonNode> parts = new EnumMap<>(Part.class);
        for (Part part : pipeline.parts()) {
            parts.put(part, json(directory.resolve(pipeline.folder(part)).resolve("config.json")));
        }
        try {
            return new ModelDirectory(directory, pipeline, pipeline.read(directory, index, parts));
        } catch (FsVideoException e) {
            throw new ModelException(
                    "model: configurations in " + directory + " must be legal, got: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelException("model: pipeline in " + place + " must be complete, got " + e.getMessage(), e);
        }
    }

    static JsonNode json(Path file) {
        try {
            return PipelineClass.JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new ModelException("model: " + file + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** Writes {@code model_index.json} of a model into {@code folder}. */
    public static void writeIndex(ModelConfig config, Path folder) throws IOException {
        Files.writeString(folder.resolve(ModelFiles.INDEX), index(config).toPrettyString() + "\n");
    }

    private static JsonNode index(ModelConfig config) {
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
        for (Part part : config.parts()) {
            try (Safetensors file = Safetensors.open(folder(part))) {
                Weights.requireFit(
                        backend,
                        new RenamedSource(file),
                        ModelCatalogue.part(config, part).constructor());
            }
        }
    }

    /** @throws ModelException listing every part whose weights are not there, and how to get them */
    void requireWeights() {
        new ModelFiles(directory, kind).requireWeights();
    }

    /** Opens what this rank reads of a part; {@code files} closes it. */
    TensorSource weights(Part part, Sharing sharing, Resources files) {
        DitConfig dit = config.dit(part);
        if (dit == null) {
            return new RenamedSource(files.add(Safetensors.open(folder(part))));
        }
        TensorParallel split = sharing.split(part, dit);
        int rank = split.ranks() == 1 ? 0 : sharing.ranks().rank();
        return split.source(files.add(Safetensors.open(split.place(folder(part), rank))), rank);
    }

    /** Where the weights of a part are. */
    public Path folder(Part part) {
        return directory.resolve(kind.folder(part));
    }
}
