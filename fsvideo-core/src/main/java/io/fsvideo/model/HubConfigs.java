package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Configurations of Wan2.1's parts as Diffusers and Transformers store them.
 *
 * @since 0.1
 */
public final class HubConfigs {
    private static final int TEXT_ROWS = 512;

    private HubConfigs() {}

    /** {@code WanTransformer3DModel}. @throws ConfigException naming the key */
    public static DitConfig wanTransformer(JsonNode node) {
        ConfigJson c = new ConfigJson("transformer", node);
        c.requireFlag("cross_attn_norm", true);
        require(c, "qk_norm", "rms_norm_across_heads");
        List<Integer> patch = c.integers("patch_size");
        if (patch.size() != 3) {
            throw c.fault("patch_size", "3 integers");
        }
        return new DitConfig(
                patch.get(0),
                patch.get(1),
                patch.get(2),
                TEXT_ROWS,
                c.integer("in_channels"),
                c.product("num_attention_heads", "attention_head_dim"),
                c.integer("ffn_dim"),
                c.integer("freq_dim", 256),
                c.integer("text_dim", 4096),
                c.integer("out_channels"),
                c.integer("num_attention_heads"),
                c.integer("num_layers"),
                c.integer("image_dim", 0),
                c.integer("pos_embed_seq_len", 0),
                c.number("eps", 1e-6f),
                "none");
    }

    /** {@code AutoencoderKLWan} of Wan2.1. @throws ConfigException naming the key, also for Wan2.2's */
    public static WanVaeConfig wanVae(JsonNode node) {
        ConfigJson c = new ConfigJson("vae", node);
        c.requireFlag("is_residual", false);
        if (c.has("patch_size")) {
            throw c.fault("patch_size", "absent");
        }
        if (c.has("attn_scales") && !node.path("attn_scales").isEmpty()) {
            throw c.fault("attn_scales", "empty");
        }
        WanVaeConfig usual = WanVaeConfig.wan21();
        return new WanVaeConfig(
                c.integer("base_dim"),
                c.integer("z_dim"),
                c.integers("dim_mult"),
                c.integer("num_res_blocks"),
                c.flags("temperal_downsample"),
                c.has("latents_mean") ? c.numbers("latents_mean") : usual.mean(),
                c.has("latents_std") ? c.numbers("latents_std") : usual.std());
    }

    /** {@code UMT5EncoderModel}. @throws ConfigException naming the key */
    public static TextEncoderConfig umt5(JsonNode node) {
        ConfigJson c = new ConfigJson("text_encoder", node);
        require(c, "feed_forward_proj", "gated-gelu");
        return new TextEncoderConfig(
                c.integer("vocab_size"),
                c.integer("d_model"),
                c.product("num_heads", "d_kv"),
                c.integer("d_ff"),
                c.integer("num_heads"),
                c.integer("num_layers"),
                c.integer("relative_attention_num_buckets", 32),
                c.integer("relative_attention_max_distance", 128),
                TEXT_ROWS,
                c.number("layer_norm_epsilon", 1e-6f));
    }

    /** {@code CLIPVisionModel}. @throws ConfigException naming the key */
    public static ImageEncoderConfig clipVision(JsonNode node) {
        ConfigJson c = new ConfigJson("image_encoder", node);
        require(c, "hidden_act", "gelu");
        int dim = c.integer("hidden_size");
        if (dim < 1 || c.integer("intermediate_size") % dim != 0) {
            throw c.fault("intermediate_size", "a multiple of hidden_size = " + dim);
        }
        ImageEncoderConfig usual = ImageEncoderConfig.clipVitH();
        return new ImageEncoderConfig(
                c.integer("image_size"),
                c.integer("patch_size"),
                dim,
                c.integer("intermediate_size") / dim,
                c.integer("num_attention_heads"),
                c.integer("num_hidden_layers"),
                c.number("layer_norm_eps", 1e-5f),
                usual.mean(),
                usual.std());
    }

    private static void require(ConfigJson c, String key, String only) {
        if (!c.text(key, only).equals(only)) {
            throw c.fault(key, only);
        }
    }
}
