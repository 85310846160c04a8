package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.tensor.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Sizes of a DC-AE image autoencoder (mit-han-lab/efficientvit de7d773, dc_ae.py). Stage 0 is full resolution; a stage 0 of depth 0
 * has no blocks and its step is the projection.
 *
 * @param attentionDim channels per head of the linear attention
 * @param scalingFactor what a diffusion model's latents are multiplied with; not applied here
 * @since 0.1
 */
public record DcAeConfig(
        int latentChannels,
        int inChannels,
        int attentionDim,
        float normEps,
        float attentionEps,
        float scalingFactor,
        Encoder encoder,
        Decoder decoder) {

    /** Norms after convolutions. */
    public enum NormKind {
        /** RMS norm over the channels of a pixel, with weight and bias. */
        TRMS2D,
        /** Batch norm. */
        BN2D
    }

    /** How a step changes resolution. */
    public enum Resampler {
        /** Convolution of stride 2. */
        CONV("Conv"),
        /** Convolution, then pixels into channels. */
        CONV_PIXEL_UNSHUFFLE("ConvPixelUnshuffle"),
        /** Nearest neighbour, then convolution. */
        INTERPOLATE_CONV("InterpolateConv"),
        /** Convolution, then channels into pixels. */
        CONV_PIXEL_SHUFFLE("ConvPixelShuffle");

        private final String upstream;

        Resampler(String upstream) {
            this.upstream = upstream;
        }
    }

    /** One resolution with the norm and activation of its blocks. */
    public record Stage(StageConfig size, NormKind norm, Activation act) {}

    /**
     * @param down CONV or CONV_PIXEL_UNSHUFFLE
     * @param shortcut whether steps have an averaging shortcut
     * @param outNorm before the last convolution, or null
     * @param outAct before the last convolution
     * @param outShortcut whether the last convolution has an averaging shortcut
     */
    public record Encoder(
            List<Stage> stages,
            Resampler down,
            boolean shortcut,
            NormKind outNorm,
            Activation outAct,
            boolean outShortcut) {}

    /**
     * @param up INTERPOLATE_CONV or CONV_PIXEL_SHUFFLE
     * @param inShortcut whether the first convolution has a duplicating shortcut
     * @param shortcut whether steps have a duplicating shortcut
     * @param outNorm before the last convolution, or null
     * @param outAct before the last convolution
     */
    public record Decoder(
            List<Stage> stages,
            Resampler up,
            boolean inShortcut,
            boolean shortcut,
            NormKind outNorm,
            Activation outAct) {}

    /** @throws ConfigException when the sizes do not fit together */
    public DcAeConfig {
        DcAeRules.check(latentChannels, attentionDim, encoder, decoder);
        Limits.atMost(Limits.SIDE, "in_channels", inChannels);
        if (inChannels < 1 || !(normEps > 0) || !(attentionEps > 0)) {
            throw new ConfigException("config: in_channels, norm_eps and attention_eps must be above 0, got "
                    + inChannels + ", " + normEps + " and " + attentionEps);
        }
    }

    /** dc-ae-f32c32-sana-1.0. */
    public static DcAeConfig f32c32Sana() {
        int[] widths = {128, 256, 512, 512, 1024, 1024};
        List<Stage> encoder = stages(widths, Block.EVIT_S5_GLU, 2, 2, 2, 3, 3, 3);
        List<Stage> decoder = stages(widths, Block.EVIT_S5_GLU, 3, 3, 3, 3, 3, 3);
        return new DcAeConfig(
                32,
                3,
                32,
                1e-5f,
                1e-15f,
                0.41407f,
                new Encoder(encoder, Resampler.CONV, true, null, Activation.NONE, true),
                new Decoder(decoder, Resampler.INTERPOLATE_CONV, true, true, NormKind.TRMS2D, Activation.RELU));
    }

    /** dc-ae-f32c32-in-1.0 and mix-1.0. */
    public static DcAeConfig f32c32() {
        return first(32, 128, 256, 512, 512, 1024, 1024);
    }

    /** dc-ae-f64c128-in-1.0 and mix-1.0. */
    public static DcAeConfig f64c128() {
        return first(128, 128, 256, 512, 512, 1024, 1024, 2048);
    }

    /** dc-ae-f128c512-in-1.0 and mix-1.0. */
    public static DcAeConfig f128c512() {
        return first(512, 128, 256, 512, 512, 1024, 1024, 2048, 2048);
    }

    /** The first models: no blocks at full resolution, batch norm in the decoder's outer stages, no scaling factor published. */
    private static DcAeConfig first(int latentChannels, int... widths) {
        int[] down = new int[widths.length];
        int[] up = new int[widths.length];
        for (int i = 0; i < widths.length; i++) {
            down[i] = i == 0 ? 0 : i == 1 ? 4 : i == 2 ? 8 : 2;
            up[i] = i == 0 ? 0 : i == 1 ? 5 : i == 2 ? 10 : 2;
        }
        List<Stage> decoder = new ArrayList<>(stages(widths, Block.EVIT_GLU, up));
        for (int i = 0; i < 3; i++) {
            decoder.set(i, new Stage(decoder.get(i).size(), NormKind.BN2D, Activation.RELU));
        }
        return new DcAeConfig(
                latentChannels,
                3,
                32,
                1e-5f,
                1e-15f,
                1,
                new Encoder(
                        stages(widths, Block.EVIT_GLU, down),
                        Resampler.CONV_PIXEL_UNSHUFFLE,
                        true,
                        null,
                        Activation.NONE,
                        true),
                new Decoder(decoder, Resampler.CONV_PIXEL_SHUFFLE, true, true, NormKind.TRMS2D, Activation.RELU));
    }

    private static List<Stage> stages(int[] widths, Block inner, int... depths) {
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            StageConfig size = new StageConfig(widths[i], depths[i], i < 3 ? Block.RES_BLOCK : inner);
            stages.add(new Stage(size, NormKind.TRMS2D, Activation.SILU));
        }
        return stages;
    }

    /** Pixels per latent along height and width. */
    public int spatialFactor() {
        return 1 << (encoder.stages().size() - 1);
    }

    /**
     * Reads upstream's configuration as JSON; {@code attention_dim}, {@code norm_eps} and {@code attention_eps}, constants upstream,
     * may be absent.
     *
     * @throws ConfigException naming the key
     */
    public static DcAeConfig fromJson(JsonNode node) {
        ConfigJson json = new ConfigJson("model", node);
        ConfigJson encoder = json.at("encoder");
        ConfigJson decoder = json.at("decoder");
        if (encoder.flag("double_latent", false)) {
            throw encoder.fault("double_latent", "false");
        }
        DcAeRules.requireMatching(encoder, "downsample_match_channel");
        DcAeRules.requireMatching(decoder, "upsample_match_channel");
        return new DcAeConfig(
                json.integer("latent_channels"),
                encoder.has("in_channels") ? encoder.integer("in_channels") : 3,
                json.has("attention_dim") ? json.integer("attention_dim") : 32,
                json.has("norm_eps") ? json.number("norm_eps") : 1e-5f,
                json.has("attention_eps") ? json.number("attention_eps") : 1e-15f,
                json.has("scaling_factor") ? json.number("scaling_factor") : 1,
                new Encoder(
                        DcAeRules.stages(encoder),
                        DcAeRules.resampler(encoder, "downsample_block_type"),
                        DcAeRules.shortcut(encoder, "downsample_shortcut", "averaging"),
                        DcAeRules.norm(encoder, "out_norm", encoder.textOrNull("out_norm")),
                        DcAeRules.activation(encoder, "out_act", encoder.textOrNull("out_act")),
                        DcAeRules.shortcut(encoder, "out_shortcut", "averaging")),
                new Decoder(
                        DcAeRules.stages(decoder),
                        DcAeRules.resampler(decoder, "upsample_block_type"),
                        DcAeRules.shortcut(decoder, "in_shortcut", "duplicating"),
                        DcAeRules.shortcut(decoder, "upsample_shortcut", "duplicating"),
                        DcAeRules.norm(decoder, "out_norm", decoder.textOrNull("out_norm")),
                        DcAeRules.activation(decoder, "out_act", decoder.textOrNull("out_act"))));
    }

    /** Writes the configuration as JSON, with upstream's key names. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("latent_channels", latentChannels).put("scaling_factor", scalingFactor);
        json.put("attention_dim", attentionDim).put("norm_eps", normEps).put("attention_eps", attentionEps);
        ObjectNode down = json.putObject("encoder").put("in_channels", inChannels);
        write(encoder.stages, down);
        down.put("downsample_block_type", encoder.down.upstream);
        down.put("downsample_shortcut", encoder.shortcut ? "averaging" : null);
        down.put("out_norm", word(encoder.outNorm)).put("out_act", word(encoder.outAct));
        down.put("out_shortcut", encoder.outShortcut ? "averaging" : null);
        ObjectNode up = json.putObject("decoder").put("in_channels", inChannels);
        write(decoder.stages, up);
        up.put("in_shortcut", decoder.inShortcut ? "duplicating" : null);
        up.put("upsample_block_type", decoder.up.upstream);
        up.put("upsample_shortcut", decoder.shortcut ? "duplicating" : null);
        up.put("out_norm", word(decoder.outNorm)).put("out_act", word(decoder.outAct));
        return json;
    }

    private static void write(List<Stage> stages, ObjectNode json) {
        StageConfig.write(stages.stream().map(Stage::size).toList(), json);
        ArrayNode norms = json.putArray("norm");
        ArrayNode acts = json.putArray("act");
        for (Stage stage : stages) {
            norms.add(word(stage.norm));
            acts.add(word(stage.act));
        }
    }

    private static String word(Enum<?> value) {
        return value == null || value == Activation.NONE ? null : value.name().toLowerCase(Locale.ROOT);
    }

    static Resampler resampler(String upstream) {
        for (Resampler resampler : Resampler.values()) {
            if (resampler.upstream.equals(upstream)) {
                return resampler;
            }
        }
        return null;
    }
}
