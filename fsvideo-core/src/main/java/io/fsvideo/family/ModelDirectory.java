package io.fsvideo.family;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.fsvideo.ModelException;
import io.fsvideo.OpenOptions;
import io.fsvideo.Version;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.Resources;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.sample.Sampler;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.Lora;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model on disk, laid out like a Hugging Face repository: {@code model_index.json}, {@code tokenizer/tokenizer.json}, and per part a
 * folder with {@code config.json} and its {@code *.safetensors}. The {@link ModelFamily} that knows the index's {@code _class_name}
 * reads it.
 *
 * @since 0.1
 */
public final class ModelDirectory {
    /** Reads {@code model_index.json}, in which nothing may be missing. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addModule(samplersByName())
            .build();

    private static SimpleModule samplersByName() {
        return new SimpleModule()
                .addSerializer(Sampler.class, new StdSerializer<>(Sampler.class) {
                    @Override
                    public void serialize(Sampler value, JsonGenerator out, SerializerProvider provider)
                            throws IOException {
                        out.writeString(value.name());
                    }
                })
                .addDeserializer(Sampler.class, new StdDeserializer<>(Sampler.class) {
                    @Override
                    public Sampler deserialize(JsonParser in, DeserializationContext context) throws IOException {
                        return Sampler.named(in.getText());
                    }
                });
    }

    private final ModelFiles files;
    private final ModelConfig config;

    private ModelDirectory(ModelFiles files, ModelConfig config) {
        this.files = files;
        this.config = config;
    }

    /**
     * Reads the configurations.
     *
     * @throws ModelException listing everything that is missing, or naming what cannot be read
     */
    public static ModelDirectory open(Path directory) {
        Path place = directory.resolve(ModelFiles.INDEX);
        if (!Files.isRegularFile(place)) {
            throw ModelFiles.withoutIndex(directory);
        }
        JsonNode index = json(place);
        String className = index.path("_class_name").asText("nothing");
        ModelFamily family = family(place, className);
        ModelFiles files = new ModelFiles(directory, family, className);
        files.requireConfigurations();
        Map<Part, JsonNode> parts = new LinkedHashMap<>();
        files.folders().forEach((part, folder) -> parts.put(part, json(folder.resolve("config.json"))));
        try {
            return new ModelDirectory(files, family.read(new ModelSource(directory, className, index, parts)));
        } catch (FsVideoException e) {
            throw new ModelException(
                    "model: configurations in " + directory + " must be legal, got: " + e.getMessage(), e);
        }
    }

    private static ModelFamily family(Path place, String className) {
        Set<String> known = new TreeSet<>();
        for (ModelFamily family : ModelFamily.all()) {
            if (family.classNames().contains(className)) {
                return family;
            }
            known.addAll(family.classNames());
        }
        throw new ModelException("model: _class_name in " + place + " must be one of " + known + ", got " + className);
    }

    static JsonNode json(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new ModelException("model: " + file + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** Writes {@code model_index.json} of a model into {@code folder}. */
    public static void writeIndex(ModelConfig config, Path folder) throws IOException {
        Files.writeString(folder.resolve(ModelFiles.INDEX), index(config).toPrettyString() + "\n");
    }

    private static JsonNode index(ModelConfig config) {
        ObjectNode index =
                JSON.createObjectNode().put("_class_name", config.className()).put("_fsvideo_version", Version.TEXT);
        for (ModelPart part : config.parts()) {
            index.putArray(part.folder()).add("fsvideo").add(part.folder().toUpperCase(Locale.ROOT));
        }
        index.set("pipeline", JSON.valueToTree(config.pipeline()));
        return index;
    }

    /** Returns what the configurations say. */
    public ModelConfig config() {
        return config;
    }

    /** Returns the tokenizer's file. */
    public Path tokenizer() {
        return files.tokenizer();
    }

    /**
     * Compares names and shapes of every part's checkpoint with its configuration, reading headers only.
     *
     * @param backend any; tells which parameters a model has
     * @throws io.fsvideo.weights.WeightsException naming the first part that does not fit, with all its missing, unused and mis-shaped keys
     */
    public void requireFittingWeights(Backend backend) {
        for (ModelPart part : config.parts()) {
            try (CheckpointSource file = CheckpointSource.open(folder(new Part(part.folder())))) {
                Weights.requireFit(backend, file, part.constructor());
            }
        }
    }

    /**
     * Requires the weights to be there, without opening them.
     *
     * @param options name parts whose weights are not the directory's, or are changed
     * @throws ModelException listing every part whose weights are not there, and how to get them, or naming a part that the model lacks
     */
    public void requireWeights(OpenOptions options) {
        files.requireParts(options.weights().keySet());
        files.requireParts(options.loras().keySet());
        files.requireParts(options.withoutParts());
        Set<String> notRead = new HashSet<>(options.weights().keySet());
        notRead.addAll(options.withoutParts());
        files.requireWeights(notRead);
    }

    /**
     * Opens what this rank reads of a part, from its folder unless {@code options} say otherwise, with the LoRAs that they name; {@code opened}
     * closes it.
     */
    public TensorSource weights(Part part, OpenOptions options, Sharing sharing, Resources opened) {
        Path place = options.weights().getOrDefault(part.folder(), folder(part));
        List<Lora> loras = options.loras().getOrDefault(part.folder(), List.of());
        int ranks = sharing.columnRanks(part);
        int rank = ranks == 1 ? 0 : sharing.ranks().rank();
        return config.part(part).reader().open(place, loras, rank, ranks, opened);
    }

    /** Returns where the weights of a part are. */
    public Path folder(Part part) {
        return files.folders().get(part);
    }
}
