package io.fsvideo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVaeConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The kinds of pipeline there are, by {@code _class_name} in {@code model_index.json}. */
enum PipelineClass {
    FS_VIDEO(FsVideoConfig.CLASS),
    WAN_TEXT_TO_VIDEO(WanConfig.WAN + WanKind.TEXT_TO_VIDEO.suffix()),
    WAN_IMAGE_TO_VIDEO(WanConfig.WAN + WanKind.IMAGE_TO_VIDEO.suffix()),
    WAN_FIRST_LAST_FRAME_TO_VIDEO(WanConfig.WAN + WanKind.FIRST_LAST_FRAME_TO_VIDEO.suffix()),
    DC_VIDEO_GEN_TEXT_TO_VIDEO(WanConfig.DC_VIDEO_GEN + WanKind.TEXT_TO_VIDEO.suffix()),
    DC_VIDEO_GEN_IMAGE_TO_VIDEO(WanConfig.DC_VIDEO_GEN + WanKind.IMAGE_TO_VIDEO.suffix()),
    /** Wan2.1 from words, as Diffusers lays it out. */
    DIFFUSERS_WAN("WanPipeline"),
    /** Wan2.1 from one image or two, as Diffusers lays it out. */
    DIFFUSERS_WAN_IMAGE("WanImageToVideoPipeline");

    /** For {@code model_index.json}; nothing may be missing. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final String className;

    PipelineClass(String className) {
        this.className = className;
    }

    /** @throws ModelException when {@code index} names no kind of pipeline this library has */
    static PipelineClass of(Path file, JsonNode index) {
        String name = index.path("_class_name").asText("nothing");
        List<String> known = Arrays.stream(values()).map(kind -> kind.className).toList();
        if (!known.contains(name)) {
            throw new ModelException("model: _class_name in " + file + " must be one of " + known + ", got " + name);
        }
        return values()[known.indexOf(name)];
    }

    /** The parts a model of this kind has. */
    Set<Part> parts() {
        return switch (this) {
            case FS_VIDEO -> EnumSet.allOf(Part.class);
            case WAN_TEXT_TO_VIDEO, DC_VIDEO_GEN_TEXT_TO_VIDEO, DIFFUSERS_WAN ->
                EnumSet.of(Part.TEXT_ENCODER, Part.AUTOENCODER, Part.TRANSFORMER);
            default -> EnumSet.of(Part.TEXT_ENCODER, Part.IMAGE_ENCODER, Part.AUTOENCODER, Part.TRANSFORMER);
        };
    }

    /** Whether configurations and weights are as Diffusers and Transformers name them. */
    boolean isDiffusers() {
        return this == DIFFUSERS_WAN || this == DIFFUSERS_WAN_IMAGE;
    }

    /** Where a part lies in the directory. */
    String folder(Part part) {
        return isDiffusers() && part == Part.AUTOENCODER ? "vae" : part.folder();
    }

    /** A published model of this kind: a configuration's name, or a repository of Diffusers' layout. */
    String example() {
        return switch (this) {
            case FS_VIDEO -> "fsvideo-14b";
            case WAN_TEXT_TO_VIDEO -> "wan21-t2v-1.3b";
            case WAN_IMAGE_TO_VIDEO -> "wan21-i2v-14b-480p";
            case WAN_FIRST_LAST_FRAME_TO_VIDEO -> "wan21-flf2v-14b-720p";
            case DC_VIDEO_GEN_TEXT_TO_VIDEO -> "dc-videogen-t2v-14b";
            case DC_VIDEO_GEN_IMAGE_TO_VIDEO -> "dc-videogen-i2v-14b";
            case DIFFUSERS_WAN -> "Wan2.1-T2V-1.3B-Diffusers";
            case DIFFUSERS_WAN_IMAGE -> "Wan2.1-I2V-14B-480P-Diffusers";
        };
    }

    /**
     * @param index {@code model_index.json}
     * @param parts {@code config.json} of each part
     */
    ModelConfig read(Path directory, JsonNode index, Map<Part, JsonNode> parts) throws JsonProcessingException {
        if (isDiffusers()) {
            return DiffusersWan.read(directory, index, parts);
        }
        JsonNode pipeline = index.path("pipeline");
        ModelConfig config = this == FS_VIDEO ? fsVideo(pipeline, parts) : wan(pipeline, parts);
        if (!config.className().equals(className)) {
            throw new ModelException("model: parts must be those of " + className + ", got " + config.className());
        }
        return config;
    }

    private static ModelConfig fsVideo(JsonNode pipeline, Map<Part, JsonNode> parts) throws JsonProcessingException {
        return new FsVideoConfig(
                JSON.treeToValue(pipeline, PipelineConfig.class),
                TextEncoderConfig.fromJson(parts.get(Part.TEXT_ENCODER)),
                ImageEncoderConfig.fromJson(parts.get(Part.IMAGE_ENCODER)),
                AutoencoderConfig.fromJson(parts.get(Part.AUTOENCODER)),
                DitConfig.fromJson(parts.get(Part.TRANSFORMER)),
                LatentUpsamplerConfig.fromJson(parts.get(Part.LATENT_UPSAMPLER)),
                DitConfig.fromJson(parts.get(Part.REFINER)));
    }

    private ModelConfig wan(JsonNode pipeline, Map<Part, JsonNode> parts) throws JsonProcessingException {
        boolean wan = className.startsWith(WanConfig.WAN);
        JsonNode autoencoder = parts.get(Part.AUTOENCODER);
        JsonNode image = parts.get(Part.IMAGE_ENCODER);
        return new WanConfig(
                JSON.treeToValue(pipeline, WanPipelineConfig.class),
                TextEncoderConfig.fromJson(parts.get(Part.TEXT_ENCODER)),
                image == null ? null : ImageEncoderConfig.fromJson(image),
                wan ? WanVaeConfig.fromJson(autoencoder) : null,
                wan ? null : DcAeVConfig.fromJson(autoencoder),
                DitConfig.fromJson(parts.get(Part.TRANSFORMER)));
    }
}
