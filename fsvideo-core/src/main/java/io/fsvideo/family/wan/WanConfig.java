package io.fsvideo.family.wan;

import io.fsvideo.ModelException;
import io.fsvideo.RequestException;
import io.fsvideo.VaeTiling;
import io.fsvideo.media.Image;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentRgb;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVaeConfig;
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
import java.util.ArrayList;
import java.util.List;

/**
 * Configurations of all parts of a Wan2.1 model, with Wan's autoencoder, or of DC-VideoGen: the same with DC-AE-V. Text encoder, image
 * encoder and transformer are Wan2.1's.
 *
 * @param imageEncoder null for text to video
 * @param wanVae null for DC-VideoGen
 * @param dcAeV null for Wan2.1
 */
record WanConfig(
        WanPipelineConfig pipeline,
        TextEncoderConfig textEncoder,
        ImageEncoderConfig imageEncoder,
        WanVaeConfig wanVae,
        DcAeVConfig dcAeV,
        DitConfig transformer)
        implements ModelConfig {
    static final String WAN = "Wan";
    static final String DC_VIDEO_GEN = "DcVideoGen";

    /** Channels of the mask between noise and condition. */
    static final int MASK_CHANNELS = 4;

    WanConfig {
        if ((wanVae == null) == (dcAeV == null)) {
            throw new ModelException(
                    "model: autoencoder must be one of wanVae and dcAeV, got " + (wanVae == null ? "none" : "both"));
        }
        int channels = wanVae == null ? dcAeV.latentChannels() : wanVae.zDim();
        int clipDim = imageEncoder == null ? 0 : imageEncoder.visionDim();
        int inDim = imageEncoder == null ? channels : 2 * channels + MASK_CHANNELS;
        if (transformer.inDim() != inDim
                || transformer.outDim() != channels
                || transformer.textDim() != textEncoder.dim()
                || transformer.clipDim() != clipDim) {
            throw new ModelException("model: transformer must take " + inDim + " channels, give " + channels
                    + ", and read text of " + textEncoder.dim() + " and images of " + clipDim + ", got " + transformer);
        }
        sizes(wanVae, dcAeV, transformer).requireSize(pipeline.height(), pipeline.width());
        sizes(wanVae, dcAeV, transformer).requireFrames(pipeline.frames());
    }

    /** Wan2.1 T2V-1.3B. */
    static WanConfig wan21T2v1_3B() {
        return wan21(WanPipelineConfig.of("wan21-t2v-1.3b", 81, 480, 832, 50, 6, 8), DitConfig.wan21T2v1_3B());
    }

    /** Wan2.1 T2V-14B. */
    static WanConfig wan21T2v14B() {
        return wan21(WanPipelineConfig.of("wan21-t2v-14b", 81, 720, 1280, 50, 5, 5), DitConfig.wan21T2v14B());
    }

    /** Wan2.1 I2V-14B-480P. */
    static WanConfig wan21I2v14B480p() {
        return wan21(WanPipelineConfig.of("wan21-i2v-14b-480p", 81, 480, 832, 40, 5, 3), DitConfig.wan21I2v14B());
    }

    /** Wan2.1 I2V-14B-720P. */
    static WanConfig wan21I2v14B720p() {
        return wan21(WanPipelineConfig.of("wan21-i2v-14b-720p", 81, 720, 1280, 40, 5, 5), DitConfig.wan21I2v14B());
    }

    /** Wan2.1 FLF2V-14B-720P. */
    static WanConfig wan21Flf2v14B() {
        return wan21(WanPipelineConfig.of("wan21-flf2v-14b-720p", 81, 720, 1280, 50, 5, 16), DitConfig.wan21Flf2v14B());
    }

    private static WanConfig wan21(WanPipelineConfig pipeline, DitConfig dit) {
        return new WanConfig(
                pipeline,
                TextEncoderConfig.umt5Xxl(),
                dit.clipDim() == 0 ? null : ImageEncoderConfig.clipVitH(),
                WanVaeConfig.wan21(),
                null,
                dit);
    }

    /** DC-VideoGen on Wan2.1 T2V-14B; heights are multiples of 32, so 720 lines become 704. */
    static WanConfig dcVideoGenT2v14B() {
        return dcVideoGen("dc-videogen-t2v-14b", DitConfig.dcVideoGenT2v14B());
    }

    /** DC-VideoGen on Wan2.1 I2V-14B. */
    static WanConfig dcVideoGenI2v14B() {
        return dcVideoGen("dc-videogen-i2v-14b", DitConfig.dcVideoGenI2v14B());
    }

    private static WanConfig dcVideoGen(String name, DitConfig dit) {
        return new WanConfig(
                WanPipelineConfig.of(name, 80, 704, 1280, 50, 5, 5),
                TextEncoderConfig.umt5Xxl(),
                dit.clipDim() == 0 ? null : ImageEncoderConfig.clipVitH(),
                null,
                DcAeVConfig.f32t4c32(),
                dit);
    }

    /** Text to video, small. */
    static WanConfig tinyTextToVideo() {
        return tinyWan("tiny-wan-t2v", new DitConfig(1, 2, 2, 64, 16, 96, 192, 64, 64, 16, 4, 2, 0, 1e-6f, "none"));
    }

    /** Image to video, small. */
    static WanConfig tinyImageToVideo() {
        return tinyWan("tiny-wan-i2v", new DitConfig(1, 2, 2, 64, 36, 96, 192, 64, 64, 16, 4, 2, 64, 1e-6f, "none"));
    }

    /** First and last frame to video, small. */
    static WanConfig tinyFirstLastFrame() {
        int rows = 2 * ImageEncoderConfig.tiny().tokens();
        return tinyWan(
                "tiny-wan-flf2v", new DitConfig(1, 2, 2, 64, 36, 96, 192, 64, 64, 16, 4, 2, 64, rows, 1e-6f, "none"));
    }

    private static WanConfig tinyWan(String name, DitConfig dit) {
        return new WanConfig(
                WanPipelineConfig.of(name, 9, 64, 96, 4, 5, 5),
                TextEncoderConfig.tiny(),
                dit.clipDim() == 0 ? null : ImageEncoderConfig.tiny(),
                WanVaeConfig.tiny(),
                null,
                dit);
    }

    /** DC-VideoGen from words, small: chunks of 8 frames. */
    static WanConfig tinyDcVideoGenTextToVideo() {
        return tinyDcVideoGen(
                "tiny-dc-videogen-t2v", new DitConfig(1, 1, 1, 64, 8, 96, 192, 64, 64, 8, 4, 2, 0, 1e-6f, "none"));
    }

    /** DC-VideoGen from an image, small: chunks of 8 frames. */
    static WanConfig tinyDcVideoGenImageToVideo() {
        return tinyDcVideoGen(
                "tiny-dc-videogen-i2v", new DitConfig(1, 1, 1, 64, 20, 96, 192, 64, 64, 8, 4, 2, 64, 1e-6f, "none"));
    }

    private static WanConfig tinyDcVideoGen(String name, DitConfig dit) {
        return new WanConfig(
                WanPipelineConfig.of(name, 16, 64, 96, 4, 5, 5),
                TextEncoderConfig.tiny(),
                dit.clipDim() == 0 ? null : ImageEncoderConfig.tiny(),
                null,
                DcAeVConfig.tiny(),
                dit);
    }

    @Override
    public String className() {
        return (wanVae == null ? DC_VIDEO_GEN : WAN) + suffix(inputs());
    }

    static String suffix(Inputs inputs) {
        return switch (inputs) {
            case PROMPT -> "TextToVideo";
            case IMAGE -> "ImageToVideo";
            case FIRST_AND_LAST_IMAGE -> "FirstLastFrameToVideo";
        };
    }

    @Override
    public int textLen() {
        return Math.min(textEncoder.textLen(), transformer.textLen());
    }

    @Override
    public List<ModelPart> parts() {
        List<ModelPart> parts = new ArrayList<>();
        parts.add(ModelPart.of(textEncoder).in(Part.TEXT_ENCODER));
        if (imageEncoder != null) {
            parts.add(ModelPart.of(imageEncoder).in(Part.IMAGE_ENCODER));
        }
        ModelPart autoencoder = wanVae == null ? WanFamily.part(dcAeV) : WanFamily.part(wanVae);
        parts.add(autoencoder.in(Part.AUTOENCODER));
        parts.add(ModelPart.of(transformer).in(Part.TRANSFORMER));
        return List.copyOf(parts);
    }

    @Override
    public int textWidth() {
        return transformer.textDim();
    }

    @Override
    public int latentChannels() {
        return wanVae == null ? dcAeV.latentChannels() : wanVae.zDim();
    }

    @Override
    public Inputs inputs() {
        if (imageEncoder == null) {
            return Inputs.PROMPT;
        }
        return transformer.imageRows() > 0 ? Inputs.FIRST_AND_LAST_IMAGE : Inputs.IMAGE;
    }

    @Override
    public Geometry sizeFor(int frames, Image image) {
        return sizes().nearest(frames, image, pipeline.height() * pipeline.width());
    }

    @Override
    public List<TransformerWork> work(Geometry g) {
        int images = transformer.clipDim() == 0 ? 0 : Math.max(imageEncoder.tokens(), transformer.imageRows());
        return List.of(new DitWork(
                Part.TRANSFORMER,
                true,
                transformer,
                g.latentFrames(),
                g.latentHeight(),
                g.latentWidth(),
                pipeline.guidance() == 1 ? 1 : 2,
                pipeline.steps(),
                images));
    }

    @Override
    public void requireTiling(VaeTiling tiling) {
        int factor = sizes().spatialFactor();
        if (tiling.size() % factor != 0 || tiling.stride() % factor != 0) {
            throw new RequestException("request: vaeTiling must have size and stride in multiples of " + factor
                    + ", got size " + tiling.size() + " and stride " + tiling.stride());
        }
    }

    @Override
    public WanConfig withLayerMemory(String name) {
        return new WanConfig(pipeline, textEncoder, imageEncoder, wanVae, dcAeV, transformer.withLayerMemory(name));
    }

    @Override
    public Pipeline load(PartStore parts, Sharing sharing) {
        return WanPipeline.load(parts, this, sharing);
    }

    /** {@inheritDoc} It is that of the published autoencoder. */
    @Override
    public LatentRgb latentRgb() {
        return WanVaeConfig.wan21().equals(wanVae) ? LatentRgb.wan21() : null;
    }

    @Override
    public SizeRule sizes() {
        return sizes(wanVae, dcAeV, transformer);
    }

    private static SizeRule sizes(WanVaeConfig wanVae, DcAeVConfig dcAeV, DitConfig dit) {
        int factor = wanVae == null ? dcAeV.spatialFactor() : wanVae.spatialFactor();
        int step = factor * Math.max(dit.patchHeight(), dit.patchWidth());
        return wanVae == null
                ? new SizeRule(step, factor, 0, dcAeV.temporalFactor())
                : new SizeRule(step, factor, 1, wanVae.frameFactor());
    }
}
