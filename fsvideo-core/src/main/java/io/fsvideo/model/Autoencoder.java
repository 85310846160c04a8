package io.fsvideo.model;

import io.fsvideo.model.AutoencoderLayers.Step;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.CrossAttention;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Flow;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * FSVideo's autoencoder, FSVideo section 2.2: {@code 1 + frameFactor k} frames of RGB in [-1, 1] become {@code 1 + k} latent frames of
 * {@code 1 / spatialFactor} height and width. The encoder is causal. Layers descend from DC-AE (mit-han-lab/efficientvit de7d773).
 *
 * @since 0.1
 */
public final class Autoencoder {
    static final long RGB = 3;

    private final AutoencoderConfig config;
    private final DType dtype;
    private final List<Step> encoder;
    private final List<Step> decoder;

    /** Reads {@code encoder.*} and {@code decoder.*}. */
    public Autoencoder(Weights w, AutoencoderConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        AutoencoderLayers layers = new AutoencoderLayers(config);
        this.encoder = layers.encoder(w.at("encoder"));
        this.decoder = layers.decoder(w.at("decoder"));
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
                x.then("step", (s, v) -> step.layer().forward(s, v, chunk));
                if (step.tap() != null) {
                    t.tap(step.tap(), x.value());
                }
                if (first && config.featureStages().contains(step.stage())) {
                    features.put(step.stage(), a.slice(x.value(), 1, 0, 1));
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

    /** Does what {@link #decode(Arena, Tensor, Features)} does, with noise in the residual blocks. */
    public Tensor decode(Arena a, Tensor latent, Features features, DecoderNoise noise) {
        requireLatent(latent);
        if (latent.dim(1) < 1) {
            throw new ShapeException("decode: latent must have at least one frame, got " + latent);
        }
        Chunk chunk = Chunk.whole(noise);
        try (Arena t = a.child("decoder");
                Flow x = new Flow(t, t.cast(latent, dtype))) {
            for (Step step : decoderSteps(t, features)) {
                x.then("step", (s, v) -> step.layer().forward(s, v, chunk));
                if (step.tap() != null) {
                    t.tap(step.tap(), x.value());
                }
            }
            return t.keep(x.finish());
        }
    }

    /** Decodes a clip in chunks, remembering in {@code a} what the next chunk needs. */
    public DecoderStream decoderStream(Arena a, Features features) {
        return decoderStream(a, features, DecoderNoise.NONE);
    }

    /** Opens the stream of {@link #decoderStream(Arena, Features)} with noise in the residual blocks. */
    public DecoderStream decoderStream(Arena a, Features features, DecoderNoise noise) {
        return new DecoderStream(this, a, features, noise, Comm.single());
    }

    /**
     * Opens the stream of {@link #decoderStream(Arena, Features)} for ranks that share each chunk's latents; every rank makes the same calls and gets all
     * frames.
     *
     * @throws ConfigException when there is more than one rank and the decoder looks ahead, as the Standard one does
     */
    public DecoderStream decoderStream(Arena a, Features features, Comm ranks) {
        return new DecoderStream(this, a, features, DecoderNoise.NONE, ranks);
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
            if (step.layer() != null) {
                steps.add(step);
            } else if (features != null) {
                CrossAttention.KeysValues memory = keysValues(a, step.cross(), features, step.stage());
                steps.add(step.with((s, x, chunk) -> step.cross().forward(s, x, memory)));
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
