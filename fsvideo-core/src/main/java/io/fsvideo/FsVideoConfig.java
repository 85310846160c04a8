package io.fsvideo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import java.util.EnumSet;
import java.util.Set;

/** Configurations of all parts of FSVideo: a base model at half the size, a latent upsampler and a refiner. */
public record FsVideoConfig(
        PipelineConfig pipeline,
        TextEncoderConfig textEncoder,
        ImageEncoderConfig imageEncoder,
        AutoencoderConfig autoencoder,
        DitConfig transformer,
        LatentUpsamplerConfig latentUpsampler,
        DitConfig refiner)
        implements ModelConfig {

    /** {@code _class_name} in {@code model_index.json}. */
    static final String CLASS = "FsVideo";

    public FsVideoConfig {
        long channels = autoencoder.latentChannels();
        requireDit("transformer", transformer, channels, textEncoder, imageEncoder);
        requireDit("refiner", refiner, channels, textEncoder, imageEncoder);
        if (latentUpsampler.latentChannels() != channels) {
            throw new ModelException("model: latent_upsampler must have " + channels
                    + " latent channels as the autoencoder, got " + latentUpsampler.latentChannels());
        }
    }

    private static void requireDit(
            String part, DitConfig dit, long channels, TextEncoderConfig text, ImageEncoderConfig image) {
        if (dit.inDim() != 2 * channels + DynamicMask.CHANNELS
                || dit.outDim() != channels
                || dit.textDim() != text.dim()
                || dit.clipDim() != image.visionDim()) {
            throw new ModelException("model: " + part + " must take " + (2 * channels + DynamicMask.CHANNELS)
                    + " channels, give " + channels + ", and read text of " + text.dim() + " and images of "
                    + image.visionDim() + ", got " + dit);
        }
    }

    /** The report's model. */
    public static FsVideoConfig fsvideo14B() {
        return new FsVideoConfig(
                PipelineConfig.fsvideo14B(),
                TextEncoderConfig.umt5Xxl(),
                ImageEncoderConfig.clipVitH(),
                AutoencoderConfig.fsaeLite(),
                DitConfig.fsvideo14B(),
                LatentUpsamplerConfig.fsvideo(),
                DitConfig.fsvideo14B());
    }

    /** All real parts, small: for trying the library without trained weights. */
    public static FsVideoConfig tiny() {
        return new FsVideoConfig(
                PipelineConfig.tiny(),
                TextEncoderConfig.tiny(),
                ImageEncoderConfig.tiny(),
                AutoencoderConfig.tinyLite(),
                DitConfig.tiny(),
                LatentUpsamplerConfig.tiny(),
                DitConfig.tiny());
    }

    @Override
    public int textLen() {
        return Math.min(textEncoder.textLen(), Math.min(transformer.textLen(), refiner.textLen()));
    }

    @Override
    public String className() {
        return CLASS;
    }

    @Override
    public Set<Part> parts() {
        return EnumSet.allOf(Part.class);
    }

    @Override
    public DitConfig dit(Part part) {
        return switch (part) {
            case TRANSFORMER -> transformer;
            case REFINER -> refiner;
            default -> null;
        };
    }

    @Override
    public ObjectNode toJson(Part part) {
        return switch (part) {
            case TEXT_ENCODER -> textEncoder.toJson();
            case IMAGE_ENCODER -> imageEncoder.toJson();
            case AUTOENCODER -> autoencoder.toJson();
            case TRANSFORMER -> transformer.toJson();
            case LATENT_UPSAMPLER -> latentUpsampler.toJson();
            case REFINER -> refiner.toJson();
        };
    }
}
