package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Sizes of a {@link WanVae} (Wan-Video/Wan2.1 9737cba, wan/modules/vae.py).
 *
 * @param dim channels at full resolution
 * @param zDim channels of the latents
 * @param dimMult channels of each resolution, in {@code dim}; height and width halve between them
 * @param numResBlocks residual blocks per resolution of the encoder; the decoder has one more
 * @param temperalDownsample whether the frame rate halves too, one per step between resolutions
 * @param mean of each latent channel over the training data
 * @param std of each latent channel over the training data
 * @since 0.1
 */
public record WanVaeConfig(
        int dim,
        int zDim,
        List<Integer> dimMult,
        int numResBlocks,
        List<Boolean> temperalDownsample,
        List<Float> mean,
        List<Float> std) {

    private static final List<Float> MEAN = List.of(
            -0.7571f, -0.7089f, -0.9113f, 0.1075f, -0.1745f, 0.9653f, -0.1517f, 1.5508f, 0.4134f, -0.0715f, 0.5517f,
            -0.3632f, -0.1922f, -0.9497f, 0.2503f, -0.2921f);
    private static final List<Float> STD = List.of(
            2.8184f, 1.4541f, 2.3275f, 2.6558f, 1.2196f, 1.7708f, 2.6052f, 2.0743f, 3.2687f, 2.1526f, 2.8652f, 1.5579f,
            1.6382f, 1.1253f, 2.8251f, 1.9160f);

    /** @throws ConfigException when the sizes do not fit together */
    public WanVaeConfig {
        dimMult = List.copyOf(dimMult);
        temperalDownsample = List.copyOf(temperalDownsample);
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (dim < 2
                || zDim < 1
                || numResBlocks < 1
                || dimMult.isEmpty()
                || dimMult.stream().anyMatch(m -> m < 1)) {
            throw new ConfigException("config: dim must be >= 2, z_dim, num_res_blocks and dim_mult >= 1, got " + dim
                    + ", " + zDim + ", " + numResBlocks + " and " + dimMult);
        }
        Limits.atMost(Limits.STAGES, "dim_mult's stages", dimMult.size());
        Limits.atMost(Limits.WIDTH, "dim", dim);
        Limits.atMost(Limits.WIDTH, "z_dim", zDim);
        Limits.atMost(Limits.LAYERS, "num_res_blocks", numResBlocks);
        Limits.atMost(Limits.WIDTH / dim, "dim_mult", dimMult);
        if (temperalDownsample.size() != dimMult.size() - 1) {
            throw new ConfigException("config: temperal_downsample must have " + (dimMult.size() - 1)
                    + " entries, one less than dim_mult, got " + temperalDownsample.size());
        }
        for (int i = 1; i < dimMult.size(); i++) {
            if (dimMult.get(i) * dim % 2 != 0) {
                throw new ConfigException("config: dim times dim_mult must be even, got " + dimMult.get(i) * dim);
            }
        }
        if (mean.size() != zDim || std.size() != zDim || std.stream().anyMatch(s -> !(s > 0))) {
            throw new ConfigException(
                    "config: mean and std must have " + zDim + " numbers, std > 0, got " + mean + " and " + std);
        }
    }

    /** Wan2.1's autoencoder: 4 x 8 x 8, 16 channels, 126,892,531 parameters. */
    public static WanVaeConfig wan21() {
        return new WanVaeConfig(96, 16, List.of(1, 2, 4, 4), 2, List.of(false, true, true), MEAN, STD);
    }

    /** A small model for tests and demonstrations. */
    public static WanVaeConfig tiny() {
        return new WanVaeConfig(8, 16, List.of(1, 2, 2, 2), 1, List.of(false, true, true), MEAN, STD);
    }

    /** Pixels per latent along height and width. */
    public int spatialFactor() {
        return 1 << temperalDownsample.size();
    }

    /** Frames per latent frame after the first. */
    public int frameFactor() {
        return 1 << temperalDownsample.stream().filter(b -> b).count();
    }

    /** Reads the JSON object {@link #toJson} writes. @throws ConfigException naming the key */
    public static WanVaeConfig fromJson(JsonNode node) {
        ConfigJson json = new ConfigJson("model", node);
        return new WanVaeConfig(
                json.integer("dim"),
                json.integer("z_dim"),
                json.integers("dim_mult"),
                json.integer("num_res_blocks"),
                json.flags("temperal_downsample"),
                json.numbers("mean"),
                json.numbers("std"));
    }

    /** Writes the configuration as JSON. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("dim", dim).put("z_dim", zDim);
        dimMult.forEach(json.putArray("dim_mult")::add);
        json.put("num_res_blocks", numResBlocks);
        temperalDownsample.forEach(json.putArray("temperal_downsample")::add);
        mean.forEach(json.putArray("mean")::add);
        std.forEach(json.putArray("std")::add);
        return json;
    }
}
