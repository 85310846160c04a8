package io.fsvideo.family;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.ModelException;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.pipeline.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The configurations of a model directory, for a {@link ModelFamily} to read.
 *
 * @since 0.1
 */
public final class ModelSource {
    private final Path directory;
    private final String className;
    private final JsonNode index;
    private final Map<Part, JsonNode> parts;

    ModelSource(Path directory, String className, JsonNode index, Map<Part, JsonNode> parts) {
        this.directory = directory;
        this.className = className;
        this.index = index;
        this.parts = Map.copyOf(parts);
    }

    /** Returns the model's directory. */
    public Path directory() {
        return directory;
    }

    /** Returns {@code _class_name} of {@code model_index.json}, one of the family's. */
    public String className() {
        return className;
    }

    /** Returns all of {@code model_index.json}. */
    public JsonNode index() {
        return index;
    }

    /** Returns {@code config.json} of a part; null for a part that models of this class do not have. */
    public JsonNode part(Part part) {
        return parts.get(part);
    }

    /**
     * Reads {@code pipeline} of {@code model_index.json} into a record whose components have the names of its keys, in snake case.
     *
     * @throws ModelException when a key is missing or its value is not of the component's type
     */
    public <D extends Defaults> D defaults(Class<D> type) {
        try {
            return ModelDirectory.JSON.treeToValue(index.path("pipeline"), type);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ModelException(
                    "model: pipeline in " + directory.resolve(ModelFiles.INDEX) + " must be complete, got "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Reads another JSON file of the directory, or null when it is not there.
     *
     * @throws ModelException when it is no JSON
     */
    public JsonNode json(String file) {
        Path place = directory.resolve(file);
        return Files.isRegularFile(place) ? ModelDirectory.json(place) : null;
    }
}
