package io.fsvideo.family.fsvideo;

import io.fsvideo.ModelException;
import io.fsvideo.RequestException;
import io.fsvideo.VaeTiling;
import io.fsvideo.media.Bucket;
import io.fsvideo.media.Image;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentRgb;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.pipeline.DitWork;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Inputs;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.SizeRule;
import io.fsvideo.pipeline.TransformerWork;
import java.util.List;
import java.util.Optional;

/**
 * Configurations of all parts of FSVideo: a base model at half the size, a latent upsampler and a refiner.
 *
 * @param latentRgb how latents become previews, or null for a model without any
 * @since 0.1
 */
public record FsVideoConfig(
        PipelineConfig pipeline,
        TextEncoderConfig textEncoder,
        ImageEncoderConfig imageEncoder,
        AutoencoderConfig autoencoder,
        DitConfig transformer,
        LatentUpsamplerConfig latentUpsampler,
        DitConfig refiner,
        LatentRgb latentRgb)
        implements ModelConfig {

    /** The 64x compression of the autoencoder and the 2x upsampler before it. */
    static final SizeRule SIZES = new SizeRule(128, 64, 1, 4);

    /** Where a model's directory may have the map from latents to colours. */
    static final String PREVIEW = "preview/model.safetensors";

    /** {@code _class_name} in {@code model_index.json}. */
    static final String CLASS = "FsVideo";

    /** Checks that the parts fit together. @throws ModelException naming the first part that does not */
    public FsVideoConfig {
        long channels = autoencoder.latentChannels();
        requireDit("transformer", transformer, channels, textEncoder, imageEncoder);
        requireDit("refiner", refiner, channels, textEncoder, imageEncoder);
        if (latentUpsampler.latentChannels() != channels) {
            throw new ModelException("model: latent_upsampler must have " + channels
                    + " latent channels as the autoencoder, got " + latentUpsampler.latentChannels());
        }
        if (latentRgb != null && latentRgb.channels() != channels) {
            throw new ModelException("model: " + PREVIEW + " must map " + channels
                    + " latent channels, as the autoencoder has, got " + latentRgb.channels());
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

    /** Returns the configuration as one of this family, or nothing when it is of another. */
    public static Optional<FsVideoConfig> of(ModelConfig config) {
        return config instanceof FsVideoConfig own ? Optional.of(own) : Optional.empty();
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
                DitConfig.fsvideo14B(),
                null);
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
                DitConfig.tiny(),
                null);
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
    public List<ModelPart> parts() {
        return List.of(
                ModelPart.of(textEncoder).in(Part.TEXT_ENCODER),
                ModelPart.of(imageEncoder).in(Part.IMAGE_ENCODER),
                FsVideoFamily.part(autoencoder).in(Part.AUTOENCODER),
                ModelPart.of(transformer).in(Part.TRANSFORMER),
                FsVideoFamily.part(latentUpsampler).in(Part.LATENT_UPSAMPLER),
                ModelPart.of(refiner).in(Part.REFINER));
    }

    @Override
    public int textWidth() {
        return transformer.textDim();
    }

    @Override
    public int latentChannels() {
        return autoencoder.latentChannels();
    }

    /** {@inheritDoc} The decoder looks at the encoder's features of it. */
    @Override
    public boolean decodesWithImage() {
        return true;
    }

    @Override
    public Inputs inputs() {
        return Inputs.IMAGE;
    }

    @Override
    public SizeRule sizes() {
        return SIZES;
    }

    /** {@inheritDoc} It is one of a list of sizes, the one nearest to the image's shape. */
    @Override
    public Geometry sizeFor(int frames, Image image) {
        Bucket bucket = Bucket.nearest(image.height(), image.width(), pipeline.height() * pipeline.width());
        return new Geometry(frames, bucket.height(), bucket.width(), SIZES);
    }

    /** {@inheritDoc} The base model works at half the height and width. */
    @Override
    public List<TransformerWork> work(Geometry g) {
        int branches = pipeline.guidance() == 1 ? 1 : 2;
        int images = Math.max(imageEncoder.tokens(), transformer.imageRows());
        int frames = g.latentFrames();
        int height = g.latentHeight();
        int width = g.latentWidth();
        return List.of(
                new DitWork(
                        Part.TRANSFORMER,
                        true,
                        transformer,
                        frames,
                        height / 2,
                        width / 2,
                        branches,
                        pipeline.steps(),
                        images),
                new DitWork(Part.REFINER, false, refiner, frames, height, width, 1, pipeline.refinerSteps(), images));
    }

    /** {@inheritDoc} It always does: the decoder looks at the whole first frame. */
    @Override
    public void requireTiling(VaeTiling tiling) {
        throw new RequestException("request: vaeTiling must not be given for " + CLASS
                + " models, whose decoder looks at the whole first frame, got " + tiling);
    }

    @Override
    public FsVideoConfig withLayerMemory(String name) {
        return new FsVideoConfig(
                pipeline,
                textEncoder,
                imageEncoder,
                autoencoder,
                transformer.withLayerMemory(name),
                latentUpsampler,
                refiner.withLayerMemory(name),
                latentRgb);
    }

    @Override
    public Pipeline load(PartStore parts, Sharing sharing) {
        return FsVideoPipeline.load(parts, this, sharing);
    }
}
