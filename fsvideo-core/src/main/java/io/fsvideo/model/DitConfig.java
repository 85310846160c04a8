package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Sizes of a {@link Dit}. JSON keys are Wan2.1's, plus {@code clip_dim} and {@code layer_memory}.
 *
 * @param patchFrames latent frames per token; {@code patchHeight}, {@code patchWidth} likewise
 * @param textLen rows the text is padded to
 * @param inDim channels of the input: noise, and for image to video mask and image latent
 * @param dim width of the hidden states
 * @param freqDim width of the sinusoidal time features
 * @param textDim width of a text row
 * @param outDim channels of the prediction
 * @param clipDim width of an image row, 0 for a model without image branch
 * @param imageRows rows of the learned positions added to image rows, 0 without them; Wan2.1's first-last-frame model has 514
 * @param eps of the norms
 * @param layerMemory name of the {@link LayerMemory.Variant}
 * @since 0.1
 */
public record DitConfig(
        int patchFrames,
        int patchHeight,
        int patchWidth,
        int textLen,
        int inDim,
        int dim,
        int ffnDim,
        int freqDim,
        int textDim,
        int outDim,
        int numHeads,
        int numLayers,
        int clipDim,
        int imageRows,
        float eps,
        String layerMemory) {
    private static final int FIRST_LAST_ROWS = 514;

    /** @throws ConfigException naming the first size that is out of range */
    public DitConfig {
        positive("patch_size[0]", patchFrames);
        positive("patch_size[1]", patchHeight);
        positive("patch_size[2]", patchWidth);
        positive("text_len", textLen);
        positive("in_dim", inDim);
        positive("dim", dim);
        positive("ffn_dim", ffnDim);
        positive("freq_dim", freqDim);
        positive("text_dim", textDim);
        positive("out_dim", outDim);
        positive("num_heads", numHeads);
        positive("num_layers", numLayers);
        limits(patchFrames, patchHeight, patchWidth, Math.max(inDim, outDim));
        Limits.atMost(Limits.TEXT, "dit.text_len", textLen);
        Limits.atMost(Limits.WIDTH, "dit.dim", dim);
        Limits.atMost(Limits.WIDTH, "dit.ffn_dim", ffnDim);
        Limits.atMost(Limits.WIDTH, "dit.freq_dim", freqDim);
        Limits.atMost(Limits.WIDTH, "dit.text_dim", textDim);
        Limits.atMost(Limits.HEADS, "dit.num_heads", numHeads);
        Limits.atMost(Limits.LAYERS, "dit.num_layers", numLayers);
        Limits.atMost(Limits.WIDTH, "dit.clip_dim", clipDim);
        Limits.atMost(Limits.TEXT, "dit.image_rows", imageRows);
        rule(freqDim % 2 == 0, "freq_dim", "even", freqDim);
        rule(dim % (2 * numHeads) == 0, "dim", "a multiple of 2 num_heads = " + 2 * numHeads, dim);
        rule(clipDim >= 0, "clip_dim", ">= 0", clipDim);
        rule(imageRows >= 0 && (imageRows == 0 || clipDim > 0), "image_rows", ">= 0, 0 for clip_dim 0", imageRows);
        rule(eps > 0, "eps", "> 0", eps);
        LayerMemory.named(layerMemory);
    }

    /** Without positions of image rows. */
    public DitConfig(
            int patchFrames,
            int patchHeight,
            int patchWidth,
            int textLen,
            int inDim,
            int dim,
            int ffnDim,
            int freqDim,
            int textDim,
            int outDim,
            int numHeads,
            int numLayers,
            int clipDim,
            float eps,
            String layerMemory) {
        this(
                patchFrames,
                patchHeight,
                patchWidth,
                textLen,
                inDim,
                dim,
                ffnDim,
                freqDim,
                textDim,
                outDim,
                numHeads,
                numLayers,
                clipDim,
                0,
                eps,
                layerMemory);
    }

    private static void limits(long frames, long height, long width, long channels) {
        Limits.atMost(Limits.SIDE, "dit.patch_size[0]", frames);
        Limits.atMost(Limits.SIDE, "dit.patch_size[1]", height);
        Limits.atMost(Limits.SIDE, "dit.patch_size[2]", width);
        Limits.atMost(Limits.WIDTH, "dit.in_dim and out_dim", channels);
        Limits.atMost(Limits.INPUTS, "dit.patch_size times the channels", frames * height * width * channels);
    }

    private static void positive(String key, int value) {
        rule(value >= 1, key, ">= 1", value);
    }

    private static void rule(boolean holds, String key, String rule, Object value) {
        if (!holds) {
            throw new ConfigException("config: dit." + key + " must be " + rule + ", got " + value);
        }
    }

    /** FSVideo's base model and refiner: 16.4 billion parameters. */
    public static DitConfig fsvideo14B() {
        return new DitConfig(1, 1, 1, 512, 260, 5120, 13824, 256, 4096, 128, 40, 40, 1280, 1e-6f, "dynamic_router");
    }

    /** Wan2.1 text to video, 1.4 billion parameters. */
    public static DitConfig wan21T2v1_3B() {
        return new DitConfig(1, 2, 2, 512, 16, 1536, 8960, 256, 4096, 16, 12, 30, 0, 1e-6f, "none");
    }

    /** Wan2.1 text to video, 14.3 billion parameters. */
    public static DitConfig wan21T2v14B() {
        return new DitConfig(1, 2, 2, 512, 16, 5120, 13824, 256, 4096, 16, 40, 40, 0, 1e-6f, "none");
    }

    /** Wan2.1 image to video, 16.4 billion parameters. */
    public static DitConfig wan21I2v14B() {
        return new DitConfig(1, 2, 2, 512, 36, 5120, 13824, 256, 4096, 16, 40, 40, 1280, 1e-6f, "none");
    }

    /** Wan2.1 first and last frame to video, 16.4 billion parameters. */
    public static DitConfig wan21Flf2v14B() {
        return new DitConfig(
                1, 2, 2, 512, 36, 5120, 13824, 256, 4096, 16, 40, 40, 1280, FIRST_LAST_ROWS, 1e-6f, "none");
    }

    /** DC-VideoGen on Wan2.1, text to video, 14.3 billion parameters (dc-ai-projects/DC-Gen cae2205). */
    public static DitConfig dcVideoGenT2v14B() {
        return new DitConfig(1, 1, 1, 512, 32, 5120, 13824, 256, 4096, 32, 40, 40, 0, 1e-6f, "none");
    }

    /** DC-VideoGen on Wan2.1, image to video, 16.4 billion parameters. */
    public static DitConfig dcVideoGenI2v14B() {
        return new DitConfig(1, 1, 1, 512, 68, 5120, 13824, 256, 4096, 32, 40, 40, 1280, 1e-6f, "none");
    }

    /** FSVideo's architecture with three layers of 96 channels, for trying things out; latents and conditions as {@code tiny} parts. */
    public static DitConfig tiny() {
        return new DitConfig(1, 1, 1, 64, 36, 96, 192, 64, 64, 16, 4, 3, 64, 1e-6f, "dynamic_router");
    }

    /** @throws ConfigException when a key is missing or out of range */
    public static DitConfig fromJson(JsonNode json) {
        ConfigJson c = new ConfigJson("dit", json);
        c.requireFlag("qk_norm", true);
        c.requireFlag("cross_attn_norm", true);
        String type = c.text("model_type", "t2v");
        rule(List.of("t2v", "i2v", "flf2v").contains(type), "model_type", "t2v, i2v or flf2v", type);
        List<Integer> patch = c.has("patch_size") ? c.integers("patch_size") : List.of(1, 2, 2);
        rule(patch.size() == 3, "patch_size", "3 numbers", patch);
        return new DitConfig(
                patch.get(0),
                patch.get(1),
                patch.get(2),
                c.integer("text_len", 512),
                c.integer("in_dim"),
                c.integer("dim"),
                c.integer("ffn_dim"),
                c.integer("freq_dim", 256),
                c.integer("text_dim", 4096),
                c.integer("out_dim"),
                c.integer("num_heads"),
                c.integer("num_layers"),
                type.equals("t2v") ? 0 : c.integer("clip_dim", 1280),
                type.equals("flf2v") ? c.integer("image_rows", FIRST_LAST_ROWS) : 0,
                c.number("eps", 1e-6f),
                c.text("layer_memory", "none"));
    }

    /** What {@link #fromJson} reads. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", imageRows > 0 ? "flf2v" : clipDim > 0 ? "i2v" : "t2v");
        json.putArray("patch_size").add(patchFrames).add(patchHeight).add(patchWidth);
        json.put("text_len", textLen).put("in_dim", inDim).put("dim", dim).put("ffn_dim", ffnDim);
        json.put("freq_dim", freqDim).put("text_dim", textDim).put("out_dim", outDim);
        json.put("num_heads", numHeads)
                .put("num_layers", numLayers)
                .put("eps", Double.parseDouble(Float.toString(eps)));
        json.put("layer_memory", layerMemory);
        if (clipDim > 0) {
            json.put("clip_dim", clipDim);
        }
        if (imageRows > 0) {
            json.put("image_rows", imageRows);
        }
        return json;
    }

    /** Returns the same sizes with the layer memory of another name. @throws ConfigException when there is none of this name */
    public DitConfig withLayerMemory(String name) {
        return fromJson(toJson().put("layer_memory", name));
    }

    /** Channels per head. */
    public int headDim() {
        return dim / numHeads;
    }

    /** Latent positions per token. */
    public int patchVolume() {
        return patchFrames * patchHeight * patchWidth;
    }
}
