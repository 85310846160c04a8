package io.fsvideo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The configurations that have a name: whole pipelines and single parts. */
final class ModelCatalogue {
    private static final Map<String, Supplier<List<ModelPart>>> CONFIGS = new TreeMap<>(Map.of(
            "fsae-standard", () -> alone(autoencoder(AutoencoderConfig.fsaeStandard())),
            "fsae-lite", () -> alone(autoencoder(AutoencoderConfig.fsaeLite())),
            "fsae-tiny", () -> alone(autoencoder(AutoencoderConfig.tiny())),
            "fsae-tiny-lite", () -> alone(autoencoder(AutoencoderConfig.tinyLite())),
            "latent-upsampler", () -> alone(upsampler(LatentUpsamplerConfig.fsvideo()))));

    private static final Map<String, PipelineConfig> PIPELINES = Map.of();

    private ModelCatalogue() {}

    static Set<String> names() {
        return CONFIGS.keySet();
    }

    /** @throws ModelException when there is no such configuration */
    static List<ModelPart> parts(String name) {
        if (!CONFIGS.containsKey(name)) {
            throw new ModelException("model: config must be one of " + names() + ", got " + name);
        }
        return CONFIGS.get(name).get();
    }

    private static List<ModelPart> alone(ModelPart part) {
        return List.of(part.in(""));
    }

    private static ModelPart autoencoder(AutoencoderConfig config) {
        return new ModelPart(
                Part.AUTOENCODER.folder(), "Autoencoder", config.toJson(), w -> new Autoencoder(w, config), DType.F32);
    }

    private static ModelPart upsampler(LatentUpsamplerConfig config) {
        return new ModelPart(
                Part.LATENT_UPSAMPLER.folder(),
                "LatentUpsampler",
                config.toJson(),
                w -> new LatentUpsampler(w, config),
                DType.F32);
    }

    /** Whether a configuration is a whole pipeline, with {@code model_index.json} and a tokenizer. */
    static boolean isPipeline(String name) {
        return PIPELINES.containsKey(name);
    }

    /** {@code model_index.json} as Hugging Face pipelines have it, part to library and class, with the pipeline's defaults. */
    static ObjectNode index(String name) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("_class_name", "FsVideo");
        parts(name).forEach(part -> index.putArray(part.folder()).add("fsvideo").add(part.className()));
        index.putArray("tokenizer").add("fsvideo").add("Tokenizer");
        index.set("pipeline", new ObjectMapper().valueToTree(PIPELINES.get(name)));
        return index;
    }
}
