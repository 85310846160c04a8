package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Sizes of an {@link ImageEncoder}. JSON keys are those of Wan2.1's CLIP.
 *
 * @param imageSize height and width images are resized to
 * @param patchSize height and width of a patch
 * @param visionDim width of the hidden states and the output
 * @param visionLayers layers of the checkpoint; the last one is not used
 * @param mean subtracted from red, green and blue in 0..1
 * @param std divided by
 * @since 0.1
 */
public record ImageEncoderConfig(
        int imageSize,
        int patchSize,
        int visionDim,
        int visionMlpRatio,
        int visionHeads,
        int visionLayers,
        float eps,
        List<Float> mean,
        List<Float> std) {
    private static final List<Float> MEAN = List.of(0.48145466f, 0.4578275f, 0.40821073f);
    private static final List<Float> STD = List.of(0.26862954f, 0.26130258f, 0.27577711f);

    /** @throws ConfigException naming the first value that is out of range */
    public ImageEncoderConfig {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        rule(patchSize >= 1, "patch_size", ">= 1", patchSize);
        rule(
                imageSize >= 1 && imageSize % patchSize == 0,
                "image_size",
                "a multiple of patch_size = " + patchSize,
                imageSize);
        rule(visionHeads >= 1, "vision_heads", ">= 1", visionHeads);
        rule(
                visionDim >= 1 && visionDim % visionHeads == 0,
                "vision_dim",
                "a multiple of vision_heads = " + visionHeads,
                visionDim);
        Limits.atMost(Limits.SIDE, "clip.patch_size", patchSize);
        Limits.atMost(Limits.SIDE * (long) patchSize, "clip.image_size", imageSize);
        Limits.atMost(Limits.HEADS, "clip.vision_heads", visionHeads);
        Limits.atMost(Limits.WIDTH, "clip.vision_dim", visionDim);
        Limits.atMost(Limits.WIDTH / visionDim, "clip.vision_mlp_ratio", visionMlpRatio);
        Limits.atMost(Limits.LAYERS, "clip.vision_layers", visionLayers);
        rule(visionMlpRatio >= 1, "vision_mlp_ratio", ">= 1", visionMlpRatio);
        rule(visionLayers >= 2, "vision_layers", ">= 2", visionLayers);
        rule(eps > 0, "norm_eps", "> 0", eps);
        rule(mean.size() == 3, "mean", "3 numbers", mean);
        rule(std.size() == 3 && std.stream().allMatch(s -> s > 0), "std", "3 numbers > 0", std);
    }

    private static void rule(boolean holds, String key, String rule, Object value) {
        if (!holds) {
            throw new ConfigException("config: clip." + key + " must be " + rule + ", got " + value);
        }
    }

    /** XLM-R CLIP's ViT-H/14 at 224 x 224: 257 rows of 1280. */
    public static ImageEncoderConfig clipVitH() {
        return new ImageEncoderConfig(224, 14, 1280, 4, 16, 32, 1e-5f, MEAN, STD);
    }

    /** Three layers of 64 channels on 56 x 56, for trying things out: 17 rows of 64. */
    public static ImageEncoderConfig tiny() {
        return new ImageEncoderConfig(56, 14, 64, 2, 4, 3, 1e-5f, MEAN, STD);
    }

    /** @throws ConfigException when a key is missing or out of range */
    public static ImageEncoderConfig fromJson(JsonNode json) {
        ConfigJson c = new ConfigJson("clip", json);
        return new ImageEncoderConfig(
                c.integer("image_size"),
                c.integer("patch_size"),
                c.integer("vision_dim"),
                c.integer("vision_mlp_ratio", 4),
                c.integer("vision_heads"),
                c.integer("vision_layers"),
                c.number("norm_eps", 1e-5f),
                c.has("mean") ? c.numbers("mean") : MEAN,
                c.has("std") ? c.numbers("std") : STD);
    }

    /** What {@link #fromJson} reads. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("image_size", imageSize).put("patch_size", patchSize).put("vision_dim", visionDim);
        json.put("vision_mlp_ratio", visionMlpRatio)
                .put("vision_heads", visionHeads)
                .put("vision_layers", visionLayers);
        json.put("norm_eps", shortest(eps));
        ArrayNode means = json.putArray("mean");
        mean.forEach(value -> means.add(shortest(value)));
        ArrayNode deviations = json.putArray("std");
        std.forEach(value -> deviations.add(shortest(value)));
        return json;
    }

    private static double shortest(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /** Rows of the output: one per patch and one for the class token. */
    public int tokens() {
        int side = imageSize / patchSize;
        return 1 + side * side;
    }
}
