package io.fsvideo.model;

import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.Averaging;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.CrossAttention;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Down;
import io.fsvideo.nn.Duplicating;
import io.fsvideo.nn.EVitBlock;
import io.fsvideo.nn.EVitOptions;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.Kernel;
import io.fsvideo.nn.Layer;
import io.fsvideo.nn.Norm;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.ResBlock;
import io.fsvideo.nn.Residual;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.nn.Up;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * FSVideo's autoencoder, FSVideo section 2.2: {@code 1 + frameFactor k} frames of RGB in [-1, 1] become {@code 1 + k} latent frames of
 * {@code 1 / spatialFactor} height and width. The encoder is causal. Layers descend from DC-AE (mit-han-lab/efficientvit de7d773).
 */
public final class Autoencoder {
    private static final long RGB = 3;

    private final AutoencoderConfig config;
    private final DType dtype;
    private final List<Step> encoder = new ArrayList<>();
    private final List<Step> decoder = new ArrayList<>();
    private final SortedMap<Integer, CrossAttention> cross = new TreeMap<>();

    /**
     * One layer of the encoder or decoder.
     *
     * @param layer null where the decoder attends to the feature of {@code stage}
     * @param stage the stage whose result this is, or -1
     * @param tap name of the result, or null
     * @param rate frames per latent frame of the result
     */
    record Step(Layer layer, int stage, String tap, int rate) {}

    /** Reads {@code encoder.*} and {@code decoder.*}. */
    public Autoencoder(Weights w, AutoencoderConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        readEncoder(w.at("encoder"));
        readDecoder(w.at("decoder"));
    }

    private void readEncoder(Weights w) {
        List<StageConfig> stages = config.encoder();
        int last = stages.size() - 1;
        TimeMode time = TimeMode.causal();
        Kernel in = Kernel.of(RGB, stages.get(0).width(), 3);
        encoder.add(new Step(Conv3d.of(w.at("project_in", "conv"), in, time), -1, null, 1));
        for (int i = 0; i <= last; i++) {
            Weights ops = w.at("stages", i, "op_list");
            StageConfig stage = stages.get(i);
            List<Layer> layers = new ArrayList<>();
            for (int j = 0; j < stage.depth(); j++) {
                layers.add(block(ops.at(j), stage, time));
            }
            if (i < last) {
                int width = stages.get(i + 1).width();
                layers.add(Down.of(
                        ops.at(stage.depth()),
                        stage.width(),
                        width,
                        config.temporalFactor().get(i)));
            }
            addStage(encoder, layers, i, "encoder.stages." + i, 1);
        }
        long width = stages.get(last).width();
        Conv3d conv = Conv3d.of(
                w.at("project_out", "main", "op_list", 0, "conv"), Kernel.of(width, config.latentChannels(), 3), time);
        Layer out = new Residual(conv, new Averaging(config.latentChannels(), 1, 1));
        encoder.add(new Step(out, -1, null, 1));
    }

    private void readDecoder(Weights w) {
        List<StageConfig> stages = config.decoder();
        int last = stages.size() - 1;
        long width = stages.get(last).width();
        int rate = 1;
        Conv3d in =
                Conv3d.of(w.at("project_in", "main", "conv"), Kernel.of(config.latentChannels(), width, 3), time(rate));
        decoder.add(new Step(new Residual(in, new Duplicating(width, 1, 1)), -1, null, rate));
        for (int i = last; i >= 0; i--) {
            StageConfig stage = stages.get(i);
            Weights ops = w.at("stages", i, "op_list");
            List<Layer> layers = new ArrayList<>();
            if (config.crossAttention().containsKey(i)) {
                cross.put(
                        i,
                        crossAttention(
                                w.at("cross_attention", i),
                                i,
                                stages.get(Math.min(i + 1, last)).width()));
                decoder.add(new Step(null, i, "decoder.cross_attention." + i, rate));
            }
            if (i < last) {
                int frames = config.temporalFactor().get(i);
                layers.add(Up.of(ops.at(0), stages.get(i + 1).width(), stage.width(), frames, time(rate)));
                rate *= frames;
            }
            for (int j = 0; j < stage.depth(); j++) {
                int index = j + (i < last ? 1 : 0);
                layers.add(noisy(block(ops.at(index), stage, time(rate)), "decoder.stages." + i + ".op_list." + index));
            }
            addStage(decoder, layers, i, "decoder.stages." + i, rate);
        }
        Conv3d out = Conv3d.of(
                w.at("project_out", "op_list", 2, "conv"),
                Kernel.of(stages.get(0).width(), RGB, 3),
                time(rate));
        PixelNorm norm = PixelNorm.plain(config.normEps());
        decoder.add(new Step((a, x, chunk) -> norm.forward(a, x), -1, null, rate));
        decoder.add(new Step((a, x, chunk) -> a.activation(x, Activation.RELU), -1, null, rate));
        decoder.add(new Step(out, -1, null, rate));
    }

    private static void addStage(List<Step> steps, List<Layer> layers, int stage, String tap, int rate) {
        for (int j = 0; j < layers.size() - 1; j++) {
            steps.add(new Step(layers.get(j), -1, null, rate));
        }
        Layer last = layers.isEmpty() ? Autoencoder::unchanged : layers.get(layers.size() - 1);
        steps.add(new Step(last, stage, tap, rate));
    }

    private static Tensor unchanged(Arena a, Tensor x, Chunk chunk) {
        return a.slice(x, 1, 0, x.dim(1));
    }

    private TimeMode time(int rate) {
        return config.decoderTime() == DecoderTime.SAME ? TimeMode.same() : TimeMode.group(rate);
    }

    private Layer block(Weights w, StageConfig stage, TimeMode time) {
        Norm.Factory norm = (place, channels) -> PixelNorm.plain(config.normEps());
        if (stage.block() == Block.RES_BLOCK) {
            return ResBlock.of(w, stage.width(), time, norm, Activation.SILU);
        }
        EVitOptions options = new EVitOptions(
                config.attentionDim(),
                config.expandRatio(),
                config.aggregationKernel(),
                config.attentionEps(),
                time,
                norm);
        return EVitBlock.of(w, stage.width(), options);
    }

    private Layer noisy(Layer block, String name) {
        return block instanceof ResBlock res ? res.withNoise(name, config.noiseWeight()) : block;
    }

    private CrossAttention crossAttention(Weights w, int stage, long width) {
        CrossAttention.Kind kind = config.crossAttention().get(stage);
        int headDim = kind == CrossAttention.Kind.LINEAR ? config.linearCrossDim() : config.softmaxCrossDim();
        return CrossAttention.of(w, width, kind, headDim, PixelNorm.plain(config.normEps()), config.attentionEps());
    }

    /** The sizes it was made with. */
    public AutoencoderConfig config() {
        return config;
    }

    /**
     * Encodes a whole clip.
     *
     * @param video {@code [batch, 1 + frameFactor k, height, width, 3]}, height and width multiples of {@code spatialFactor}
     */
    public Encoded encode(Arena a, Tensor video) {
        requireVideo(video);
        if (video.dim(1) % config.frameFactor() != 1 % config.frameFactor() || video.dim(1) < 1) {
            throw new ShapeException(
                    "encode: frames must be 1 + a multiple of " + config.frameFactor() + ", got " + video);
        }
        return encode(a, video, Chunk.whole());
    }

    /** Encodes a clip in chunks, remembering in {@code a} what the next chunk needs. */
    public EncoderStream encoderStream(Arena a) {
        return new EncoderStream(this, a);
    }

    void requireVideo(Tensor video) {
        int side = config.spatialFactor();
        if (video.rank() != 5 || video.dim(4) != RGB) {
            throw new ShapeException("encode: video must be [batch, frames, height, width, 3], got " + video);
        }
        if (video.dim(2) % side != 0 || video.dim(3) % side != 0 || video.dim(2) * video.dim(3) == 0) {
            throw new ShapeException("encode: height and width must be multiples of " + side + ", got " + video);
        }
    }

    Encoded encode(Arena a, Tensor video, Chunk chunk) {
        boolean first = chunk.isFirst(this, video);
        Map<Integer, Tensor> features = new TreeMap<>();
        try (Arena t = a.child("encoder");
                Flow x = new Flow(t, t.cast(video, dtype))) {
            for (Step step : encoder) {
                x.then("step", (s, v) -> step.layer.forward(s, v, chunk));
                if (step.tap != null) {
                    t.tap(step.tap, x.value());
                }
                if (first && config.featureStages().contains(step.stage)) {
                    features.put(step.stage, a.slice(x.value(), 1, 0, 1));
                }
            }
            return new Encoded(t.keep(x.finish()), first ? new Features(features) : null);
        }
    }

    /**
     * Decodes a whole clip at once; {@link #decoderStream} needs less memory.
     *
     * @param latent {@code [batch, 1 + k, height, width, latentChannels]}
     * @param features as {@link #encode} returned them, or null to skip cross attention
     * @return {@code [batch, 1 + frameFactor k, spatialFactor height, spatialFactor width, 3]}
     */
    public Tensor decode(Arena a, Tensor latent, Features features) {
        return decode(a, latent, features, DecoderNoise.NONE);
    }

    /** As {@link #decode(Arena, Tensor, Features)}, with noise in the residual blocks. */
    public Tensor decode(Arena a, Tensor latent, Features features, DecoderNoise noise) {
        requireLatent(latent);
        if (latent.dim(1) < 1) {
            throw new ShapeException("decode: latent must have at least one frame, got " + latent);
        }
        Chunk chunk = Chunk.whole(noise);
        try (Arena t = a.child("decoder");
                Flow x = new Flow(t, t.cast(latent, dtype))) {
            for (Step step : decoderSteps(t, features)) {
                x.then("step", (s, v) -> step.layer.forward(s, v, chunk));
                if (step.tap != null) {
                    t.tap(step.tap, x.value());
                }
            }
            return t.keep(x.finish());
        }
    }

    /** Decodes a clip in chunks, remembering in {@code a} what the next chunk needs. */
    public DecoderStream decoderStream(Arena a, Features features) {
        return decoderStream(a, features, DecoderNoise.NONE);
    }

    /** As {@link #decoderStream(Arena, Features)}, with noise in the residual blocks. */
    public DecoderStream decoderStream(Arena a, Features features, DecoderNoise noise) {
        return new DecoderStream(this, a, features, noise);
    }

    void requireLatent(Tensor latent) {
        if (latent.rank() != 5 || latent.dim(4) != config.latentChannels()) {
            throw new ShapeException("decode: latent must be [batch, frames, height, width, " + config.latentChannels()
                    + "], got " + latent);
        }
    }

    DType dtype() {
        return dtype;
    }

    /** The decoder's steps for one clip; keys and values of {@code features} are computed once, in {@code a}. */
    List<Step> decoderSteps(Arena a, Features features) {
        List<Step> steps = new ArrayList<>();
        for (Step step : decoder) {
            if (step.layer != null) {
                steps.add(step);
            } else if (features != null) {
                CrossAttention attention = cross.get(step.stage);
                CrossAttention.KeysValues memory = keysValues(a, attention, features, step.stage);
                steps.add(new Step((s, x, chunk) -> attention.forward(s, x, memory), step.stage, step.tap, step.rate));
            }
        }
        return steps;
    }

    private CrossAttention.KeysValues keysValues(Arena a, CrossAttention attention, Features features, int stage) {
        Tensor feature = features.byStage().get(stage);
        long width = config.decoder()
                .get(Math.min(stage + 1, config.decoder().size() - 1))
                .width();
        if (feature == null || feature.dim(4) != width) {
            throw new ShapeException("decode: features of stage " + stage + " must be [batch, 1, height, width, "
                    + width + "], got " + (feature == null ? "none" : feature));
        }
        try (Arena t = a.child("feature")) {
            CrossAttention.KeysValues memory = attention.keysValues(t, t.cast(feature, dtype));
            t.keep(memory.k());
            t.keep(memory.v());
            return memory;
        }
    }
}
