package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Sizes of a {@link LatentUpsampler}.
 *
 * @param midChannels channels of the residual blocks
 * @since 0.1
 */
public record LatentUpsamplerConfig(int latentChannels, int midChannels, int numBlocks, float normEps) {
    /** @throws ConfigException when a size is not positive */
    public LatentUpsamplerConfig {
        if (latentChannels < 1 || midChannels < 1 || numBlocks < 0) {
            throw new ConfigException("config: latent_channels and mid_channels must be >= 1 and num_blocks >= 0, got "
                    + latentChannels + ", " + midChannels + " and " + numBlocks);
        }
        Limits.atMost(Limits.WIDTH, "latent_channels", latentChannels);
        Limits.atMost(Limits.WIDTH, "mid_channels", midChannels);
        Limits.atMost(Limits.LAYERS, "num_blocks", numBlocks);
        if (!(normEps > 0)) {
            throw new ConfigException("config: norm_eps must be > 0, got " + normEps);
        }
    }

    /** The full model. */
    public static LatentUpsamplerConfig fsvideo() {
        return new LatentUpsamplerConfig(128, 512, 16, 1e-8f);
    }

    /** A small model for tests and demonstrations, with the latents of {@link AutoencoderConfig#tiny}. */
    public static LatentUpsamplerConfig tiny() {
        return new LatentUpsamplerConfig(16, 16, 4, 1e-8f);
    }

    /** Reads the JSON object {@link #toJson} writes. @throws ConfigException naming the key */
    public static LatentUpsamplerConfig fromJson(JsonNode node) {
        ConfigJson json = new ConfigJson("model", node);
        return new LatentUpsamplerConfig(
                json.integer("latent_channels"),
                json.integer("mid_channels"),
                json.integer("num_blocks"),
                json.number("norm_eps"));
    }

    /** Writes the configuration as JSON. */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("latent_channels", latentChannels)
                .put("mid_channels", midChannels)
                .put("num_blocks", numBlocks)
                .put("norm_eps", normEps);
    }
}
