package io.fsvideo.model;

import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.CrossAttention;
import java.util.List;

/** What makes an {@link AutoencoderConfig} legal, and how its words are read. */
final class AutoencoderRules {
    private AutoencoderRules() {}

    static void check(
            int latent,
            int headDim,
            List<Integer> factors,
            List<Integer> features,
            List<StageConfig> encoder,
            List<StageConfig> decoder,
            int aggregationKernel) {
        require(
                latent >= 1 && headDim >= 1,
                "latent_channels and attention_dim must be >= 1, got " + latent + " and " + headDim);
        StageConfig.check("encoder", encoder, headDim);
        StageConfig.check("decoder", decoder, headDim);
        require(
                aggregationKernel >= 1 && aggregationKernel % 2 == 1,
                "aggregation_kernel must be odd, got " + aggregationKernel);
        require(
                encoder.size() == factors.size() + 1 && decoder.size() == factors.size() + 1,
                "encoder and decoder must have one stage more than temporal_factor's " + factors.size() + ", got "
                        + encoder.size() + " and " + decoder.size());
        require(
                factors.stream().allMatch(f -> f == 1 || f == 2),
                "temporal_factor must be a list of 1 and 2, got " + factors);
        require(
                features.stream().allMatch(i -> i >= 0 && i < encoder.size()),
                "feature_stages must be within 0.." + (encoder.size() - 1) + ", got " + features);
        for (int i = 0; i < factors.size(); i++) {
            checkDown(i, encoder.get(i).width(), encoder.get(i + 1).width(), factors.get(i));
            checkUp(i, decoder.get(i + 1).width(), decoder.get(i).width(), factors.get(i));
        }
        checkLast("encoder", encoder, latent);
        checkLast("decoder", decoder, latent);
    }

    static void checkFactors(int expandRatio, int aggregationKernel, float normEps, float attentionEps) {
        require(expandRatio >= 1, "expand_ratio must be >= 1, got " + expandRatio);
        Limits.atMost(Limits.SIDE, "expand_ratio", expandRatio);
        Limits.atMost(Limits.SIDE, "aggregation_kernel", aggregationKernel);
        require(
                normEps > 0 && attentionEps > 0,
                "norm_eps and attention_eps must be > 0, got " + normEps + " and " + attentionEps);
    }

    private static void checkDown(int i, int in, int out, int frames) {
        require(
                out % (4 * frames) == 0 && 4L * frames * in % out == 0,
                "encoder width of stage " + (i + 1) + " must be a multiple of " + 4 * frames + " and a divisor of "
                        + 4L * frames * in + ", got " + out);
    }

    private static void checkUp(int i, int in, int out, int frames) {
        require(
                4L * frames * out % in == 0,
                "decoder width of stage " + (i + 1) + " must be a divisor of " + 4L * frames * out + ", got " + in);
    }

    private static void checkLast(String place, List<StageConfig> stages, int latent) {
        StageConfig last = stages.get(stages.size() - 1);
        require(
                last.width() % latent == 0,
                place + " width of the last stage must be a multiple of latent_channels " + latent + ", got "
                        + last.width());
        for (StageConfig stage : stages) {
            require(
                    stage.block() != Block.EVIT_GLU,
                    place + " block_type must be ResBlock or EViTS5_GLU, got EViT_GLU");
        }
    }

    static void checkCross(
            int stage,
            CrossAttention.Kind kind,
            int headDim,
            List<Integer> features,
            List<StageConfig> encoder,
            List<StageConfig> decoder) {
        require(
                features.contains(stage),
                "cross_attention stages must be among feature_stages " + features + ", got " + stage);
        int index = Math.min(stage + 1, decoder.size() - 1);
        int width = decoder.get(index).width();
        require(
                encoder.get(index).width() == width,
                "cross_attention " + stage + " must find one width in encoder and decoder stage " + index + ", got "
                        + encoder.get(index).width() + " and " + width);
        require(
                headDim >= 1 && width % headDim == 0,
                "cross_attention " + stage + " must have a width divisible by cross_dim " + headDim + " of " + kind
                        + ", got " + width);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new ConfigException("config: " + message);
        }
    }

    static int stage(ConfigJson kinds, String key) {
        if (!key.matches("[0-9]{1,3}")) {
            throw kinds.fault(key, "under a stage number");
        }
        return Integer.parseInt(key);
    }

    static CrossAttention.Kind kind(ConfigJson kinds, String key) {
        return switch (kinds.text(key)) {
            case "linear" -> CrossAttention.Kind.LINEAR;
            case "softmax" -> CrossAttention.Kind.SOFTMAX;
            default -> throw kinds.fault(key, "linear or softmax");
        };
    }

    static DecoderTime time(ConfigJson decoder) {
        return switch (decoder.text("time")) {
            case "same" -> DecoderTime.SAME;
            case "group" -> DecoderTime.GROUP;
            default -> throw decoder.fault("time", "same or group");
        };
    }
}
