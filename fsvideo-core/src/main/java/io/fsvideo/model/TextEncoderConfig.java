package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Sizes of a {@link TextEncoder}. JSON keys are those of Wan2.1's T5 encoder.
 *
 * @param vocabSize rows of the token table
 * @param dim width of the hidden states and the output
 * @param dimAttn width of all heads together
 * @param numBuckets rows of each layer's table of relative positions
 * @param maxDistance distance from which on all positions share the last bucket
 * @param textLen tokens a text is truncated to
 * @param eps of the norms
 * @since 0.1
 */
public record TextEncoderConfig(
        int vocabSize,
        int dim,
        int dimAttn,
        int dimFfn,
        int numHeads,
        int numLayers,
        int numBuckets,
        int maxDistance,
        int textLen,
        float eps) {
    /** @throws ConfigException naming the first size that is out of range */
    public TextEncoderConfig {
        atLeast(1, "vocab_size", vocabSize);
        atLeast(1, "dim", dim);
        atLeast(1, "dim_ffn", dimFfn);
        atLeast(1, "num_heads", numHeads);
        atLeast(1, "num_layers", numLayers);
        atLeast(1, "text_len", textLen);
        Limits.atMost(Limits.ROWS, "t5.vocab_size", vocabSize);
        Limits.atMost(Limits.WIDTH, "t5.dim", dim);
        Limits.atMost(Limits.WIDTH, "t5.dim_attn", dimAttn);
        Limits.atMost(Limits.WIDTH, "t5.dim_ffn", dimFfn);
        Limits.atMost(Limits.HEADS, "t5.num_heads", numHeads);
        Limits.atMost(Limits.LAYERS, "t5.num_layers", numLayers);
        Limits.atMost(Limits.HEADS, "t5.num_buckets", numBuckets);
        Limits.atMost(Limits.ROWS, "t5.max_distance", maxDistance);
        Limits.atMost(Limits.TEXT, "t5.text_len", textLen);
        rule(dimAttn >= 1 && dimAttn % numHeads == 0, "dim_attn", "a multiple of num_heads = " + numHeads, dimAttn);
        atLeast(4, "num_buckets", numBuckets);
        rule(maxDistance > numBuckets / 4, "max_distance", "> num_buckets / 4 = " + numBuckets / 4, maxDistance);
        rule(eps > 0, "layernorm_eps", "> 0", eps);
    }

    private static void atLeast(int least, String key, int value) {
        rule(value >= least, key, ">= " + least, value);
    }

    private static void rule(boolean holds, String key, String rule, Object value) {
        if (!holds) {
            throw new ConfigException("config: t5." + key + " must be " + rule + ", got " + value);
        }
    }

    /** umT5-XXL, 5.7 billion parameters. */
    public static TextEncoderConfig umt5Xxl() {
        return new TextEncoderConfig(256384, 4096, 4096, 10240, 64, 24, 32, 128, 512, 1e-6f);
    }

    /** Two layers of 64 channels, for trying things out. */
    public static TextEncoderConfig tiny() {
        return new TextEncoderConfig(1536, 64, 64, 128, 4, 2, 32, 128, 64, 1e-6f);
    }

    /** @throws ConfigException when a key is missing or out of range */
    public static TextEncoderConfig fromJson(JsonNode json) {
        ConfigJson c = new ConfigJson("t5", json);
        c.requireFlag("shared_pos", false);
        return new TextEncoderConfig(
                c.integer("vocab_size"),
                c.integer("dim"),
                c.integer("dim_attn"),
                c.integer("dim_ffn"),
                c.integer("num_heads"),
                c.integer("num_layers"),
                c.integer("num_buckets", 32),
                c.integer("max_distance", 128),
                c.integer("text_len", 512),
                c.number("layernorm_eps", 1e-6f));
    }

    /** What {@link #fromJson} reads. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("vocab_size", vocabSize)
                .put("dim", dim)
                .put("dim_attn", dimAttn)
                .put("dim_ffn", dimFfn);
        json.put("num_heads", numHeads).put("num_layers", numLayers).put("num_buckets", numBuckets);
        json.put("max_distance", maxDistance).put("text_len", textLen).put("shared_pos", false);
        return json.put("layernorm_eps", Double.parseDouble(Float.toString(eps)));
    }
}
