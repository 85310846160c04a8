package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.CrossAttention;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Sizes of an FSVideo autoencoder (FSVideo section 2.2). Stage 0 is full resolution; step i lies between stages i and i + 1.
 *
 * @param attentionDim channels per head of the linear attention
 * @param linearCrossDim channels per head of linear cross attention
 * @param softmaxCrossDim channels per head of softmax cross attention
 * @param temporalFactor frames joined by each step, 1 or 2
 * @param featureStages stages whose first frame the encoder returns
 * @param crossAttention decoder stages that attend to the feature of the same encoder stage
 * @param expandRatio half the ratio of a gated bottleneck's inner channels to its channels
 * @param aggregationKernel pixels along a side of the attention's aggregation
 * @param noiseWeight factor of the decoder's optional noise
 * @param scalingFactor what a diffusion model's latents are multiplied with; not applied here
 * @since 0.1
 */
public record AutoencoderConfig(
        int latentChannels,
        int attentionDim,
        int linearCrossDim,
        int softmaxCrossDim,
        List<Integer> temporalFactor,
        List<Integer> featureStages,
        List<StageConfig> encoder,
        List<StageConfig> decoder,
        DecoderTime decoderTime,
        SortedMap<Integer, CrossAttention.Kind> crossAttention,
        float normEps,
        float attentionEps,
        int expandRatio,
        int aggregationKernel,
        float noiseWeight,
        float scalingFactor) {

    /** How the decoder looks along time. */
    public enum DecoderTime {
        /** Both ways: the Standard decoder. */
        SAME,
        /** Causal between latent frames: the Lite decoder. */
        GROUP
    }

    /** @throws ConfigException when the sizes do not fit together */
    public AutoencoderConfig {
        temporalFactor = List.copyOf(temporalFactor);
        featureStages = List.copyOf(featureStages);
        encoder = List.copyOf(encoder);
        decoder = List.copyOf(decoder);
        crossAttention = Collections.unmodifiableSortedMap(new TreeMap<>(crossAttention));
        AutoencoderRules.check(
                latentChannels, attentionDim, temporalFactor, featureStages, encoder, decoder, aggregationKernel);
        AutoencoderRules.checkFactors(expandRatio, aggregationKernel, normEps, attentionEps);
        for (Map.Entry<Integer, CrossAttention.Kind> entry : crossAttention.entrySet()) {
            int headDim = entry.getValue() == CrossAttention.Kind.LINEAR ? linearCrossDim : softmaxCrossDim;
            AutoencoderRules.checkCross(entry.getKey(), entry.getValue(), headDim, featureStages, encoder, decoder);
        }
    }

    /** Full size with the Standard decoder. */
    public static AutoencoderConfig fsaeStandard() {
        return full(DecoderTime.SAME, 128, 256);
    }

    /** Full size with the Lite decoder: fewer channels in the two outer stages, causal between latent frames. */
    public static AutoencoderConfig fsaeLite() {
        return full(DecoderTime.GROUP, 64, 128);
    }

    private static AutoencoderConfig full(DecoderTime time, int width0, int width1) {
        int[] widths = {128, 256, 512, 512, 1024, 1024, 1024};
        int[] decoderWidths = {width0, width1, 512, 512, 1024, 1024, 1024};
        return of(
                128,
                32,
                32,
                128,
                stages(widths, 2, 2, 2, 3, 3, 3, 3),
                stages(decoderWidths, 3, 3, 3, 3, 3, 3, 3),
                time);
    }

    /** All parts at widths for tests and demonstrations, Standard decoder. */
    public static AutoencoderConfig tiny() {
        return tiny(DecoderTime.SAME);
    }

    /** All parts at widths for tests and demonstrations, Lite decoder. */
    public static AutoencoderConfig tinyLite() {
        return tiny(DecoderTime.GROUP);
    }

    private static AutoencoderConfig tiny(DecoderTime time) {
        int[] widths = {8, 16, 16, 16, 32, 32, 32};
        List<StageConfig> stages = stages(widths, 1, 1, 1, 1, 1, 1, 1);
        return of(16, 8, 8, 16, stages, stages, time);
    }

    private static AutoencoderConfig of(
            int latent,
            int headDim,
            int linearDim,
            int softmaxDim,
            List<StageConfig> encoder,
            List<StageConfig> decoder,
            DecoderTime time) {
        SortedMap<Integer, CrossAttention.Kind> cross = new TreeMap<>();
        for (int i = 2; i <= 6; i++) {
            cross.put(i, i < 4 ? CrossAttention.Kind.LINEAR : CrossAttention.Kind.SOFTMAX);
        }
        return new AutoencoderConfig(
                latent,
                headDim,
                linearDim,
                softmaxDim,
                List.of(2, 2, 1, 1, 1, 1),
                List.of(2, 3, 4, 5, 6),
                encoder,
                decoder,
                time,
                cross,
                1e-8f,
                1e-15f,
                4,
                5,
                0.05f,
                1);
    }

    private static List<StageConfig> stages(int[] widths, int... depths) {
        List<StageConfig> stages = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            stages.add(new StageConfig(widths[i], depths[i], i < 3 ? Block.RES_BLOCK : Block.EVIT_S5_GLU));
        }
        return stages;
    }

    /** Pixels per latent along height and width. */
    public int spatialFactor() {
        return 1 << temporalFactor.size();
    }

    /** Frames per latent frame after the first. */
    public int frameFactor() {
        return temporalFactor.stream().reduce(1, Math::multiplyExact);
    }

    /** Reads the JSON object {@link #toJson} writes. @throws ConfigException naming the key */
    public static AutoencoderConfig fromJson(JsonNode node) {
        ConfigJson json = new ConfigJson("model", node);
        ConfigJson decoder = json.at("decoder");
        SortedMap<Integer, CrossAttention.Kind> cross = new TreeMap<>();
        if (decoder.has("cross_attention")) {
            ConfigJson kinds = decoder.at("cross_attention");
            kinds.keys()
                    .forEach(key -> cross.put(AutoencoderRules.stage(kinds, key), AutoencoderRules.kind(kinds, key)));
        }
        return new AutoencoderConfig(
                json.integer("latent_channels"),
                json.integer("attention_dim"),
                json.at("cross_dim").integer("linear"),
                json.at("cross_dim").integer("softmax"),
                json.integers("temporal_factor"),
                json.integers("feature_stages"),
                StageConfig.read(json.at("encoder")),
                StageConfig.read(decoder),
                AutoencoderRules.time(decoder),
                cross,
                json.number("norm_eps"),
                json.number("attention_eps"),
                json.integer("expand_ratio"),
                json.integer("aggregation_kernel"),
                json.number("noise_weight"),
                json.has("scaling_factor") ? json.number("scaling_factor") : 1);
    }

    /** Writes the configuration as JSON, with upstream's key names. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("latent_channels", latentChannels).put("attention_dim", attentionDim);
        json.putObject("cross_dim").put("linear", linearCrossDim).put("softmax", softmaxCrossDim);
        temporalFactor.forEach(json.putArray("temporal_factor")::add);
        featureStages.forEach(json.putArray("feature_stages")::add);
        StageConfig.write(encoder, json.putObject("encoder"));
        ObjectNode decoderJson = json.putObject("decoder");
        StageConfig.write(decoder, decoderJson);
        decoderJson.put("time", decoderTime == DecoderTime.SAME ? "same" : "group");
        ObjectNode cross = decoderJson.putObject("cross_attention");
        for (Map.Entry<Integer, CrossAttention.Kind> entry : crossAttention.entrySet()) {
            cross.put(entry.getKey().toString(), entry.getValue().name().toLowerCase(Locale.ROOT));
        }
        json.put("norm_eps", normEps).put("attention_eps", attentionEps).put("expand_ratio", expandRatio);
        json.put("aggregation_kernel", aggregationKernel).put("noise_weight", noiseWeight);
        return json.put("scaling_factor", scalingFactor);
    }
}
