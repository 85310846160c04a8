package io.fsvideo.model;

import io.fsvideo.model.DcAeConfig.Decoder;
import io.fsvideo.model.DcAeConfig.Encoder;
import io.fsvideo.model.DcAeConfig.NormKind;
import io.fsvideo.model.DcAeConfig.Resampler;
import io.fsvideo.model.DcAeConfig.Stage;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.tensor.Activation;
import java.util.ArrayList;
import java.util.List;

/** What makes a {@link DcAeConfig} legal, and how its words are read. */
final class DcAeRules {
    private DcAeRules() {}

    static void check(int latent, int headDim, Encoder encoder, Decoder decoder) {
        require(
                latent >= 1 && headDim >= 1,
                "latent_channels and attention_dim must be >= 1, got " + latent + " and " + headDim);
        checkStages("encoder", encoder.stages(), headDim);
        checkStages("decoder", decoder.stages(), headDim);
        require(
                encoder.stages().size() == decoder.stages().size(),
                "encoder and decoder must have as many stages, got "
                        + encoder.stages().size() + " and " + decoder.stages().size());
        require(
                encoder.down() == Resampler.CONV || encoder.down() == Resampler.CONV_PIXEL_UNSHUFFLE,
                "downsample_block_type must be Conv or ConvPixelUnshuffle, got " + encoder.down());
        require(
                decoder.up() == Resampler.INTERPOLATE_CONV || decoder.up() == Resampler.CONV_PIXEL_SHUFFLE,
                "upsample_block_type must be InterpolateConv or ConvPixelShuffle, got " + decoder.up());
        for (int i = 0; i < encoder.stages().size() - 1; i++) {
            checkDown(i, encoder);
            checkUp(i, decoder);
        }
        checkLast(encoder.outShortcut(), "encoder", encoder.stages(), latent);
        checkLast(decoder.inShortcut(), "decoder", decoder.stages(), latent);
    }

    private static void checkStages(String place, List<Stage> stages, int headDim) {
        StageConfig.check(place, stages.stream().map(Stage::size).toList(), headDim);
        for (int i = 0; i < stages.size(); i++) {
            StageConfig size = stages.get(i).size();
            require(
                    size.depth() > 0 || (i == 0 && stages.size() > 1),
                    place + " depth_list must be >= 1 but in stage 0 of several, got " + size.depth() + " in stage "
                            + i);
            require(
                    size.block() == Block.RES_BLOCK || stages.get(i).act() == Activation.SILU,
                    place + " act must be silu in stages of " + size.block().upstream() + ", got "
                            + stages.get(i).act());
        }
    }

    private static void checkDown(int i, Encoder encoder) {
        long in = encoder.stages().get(i).size().width();
        long out = encoder.stages().get(i + 1).size().width();
        require(
                encoder.down() == Resampler.CONV || out % 4 == 0,
                "encoder width of stage " + (i + 1) + " must be a multiple of 4, got " + out);
        require(
                !encoder.shortcut() || encoder.stages().get(i).size().depth() == 0 || 4 * in % out == 0,
                "encoder width of stage " + (i + 1) + " must be a divisor of " + 4 * in + ", got " + out);
    }

    private static void checkUp(int i, Decoder decoder) {
        long in = decoder.stages().get(i + 1).size().width();
        long out = decoder.stages().get(i).size().width();
        require(
                !decoder.shortcut() || decoder.stages().get(i).size().depth() == 0 || 4 * out % in == 0,
                "decoder width of stage " + (i + 1) + " must be a divisor of " + 4 * out + ", got " + in);
    }

    private static void checkLast(boolean shortcut, String place, List<Stage> stages, int latent) {
        int width = stages.get(stages.size() - 1).size().width();
        require(
                !shortcut || width % latent == 0,
                place + " width of the last stage must be a multiple of latent_channels " + latent + ", got " + width);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new ConfigException("config: " + message);
        }
    }

    /** Upstream's blocks cannot change width, so steps that leave it work only where all widths are equal; none do. */
    static void requireMatching(ConfigJson json, String key) {
        if (!json.flag(key, true)) {
            throw json.fault(key, "true");
        }
    }

    static List<Stage> stages(ConfigJson json) {
        List<StageConfig> sizes = StageConfig.read(json);
        List<String> norms = json.texts("norm", sizes.size());
        List<String> acts = json.texts("act", sizes.size());
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            stages.add(new Stage(sizes.get(i), norm(json, "norm", norms.get(i)), activation(json, "act", acts.get(i))));
        }
        return List.copyOf(stages);
    }

    static NormKind norm(ConfigJson json, String key, String word) {
        if (word == null) {
            return null;
        }
        return switch (word) {
            case "trms2d" -> NormKind.TRMS2D;
            case "bn2d" -> NormKind.BN2D;
            default -> throw json.fault(key, "trms2d or bn2d");
        };
    }

    static Activation activation(ConfigJson json, String key, String word) {
        if (word == null) {
            return Activation.NONE;
        }
        return switch (word) {
            case "silu" -> Activation.SILU;
            case "relu" -> Activation.RELU;
            default -> throw json.fault(key, "silu or relu");
        };
    }

    static Resampler resampler(ConfigJson json, String key) {
        Resampler resampler = DcAeConfig.resampler(json.text(key));
        if (resampler == null) {
            throw json.fault(key, "Conv, ConvPixelUnshuffle, InterpolateConv or ConvPixelShuffle");
        }
        return resampler;
    }

    static boolean shortcut(ConfigJson json, String key, String kind) {
        String word = json.textOrNull(key);
        if (word != null && !word.equals(kind)) {
            throw json.fault(key, kind + " or null");
        }
        return word != null;
    }
}
