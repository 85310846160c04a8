package io.fsvideo.model;

import io.fsvideo.model.WanVaeLayers.AttentionBlock;
import io.fsvideo.model.WanVaeLayers.Down;
import io.fsvideo.model.WanVaeLayers.NormConv;
import io.fsvideo.model.WanVaeLayers.ResidualBlock;
import io.fsvideo.model.WanVaeLayers.TimeStep;
import io.fsvideo.model.WanVaeLayers.Up;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.Layer;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Wan2.1's video autoencoder (Wan-Video/Wan2.1 9737cba, wan/modules/vae.py): {@code 1 + frameFactor k} frames of RGB in [-1, 1] become
 * {@code 1 + k} latent frames of zero mean and unit variance. Everything is causal; streams give the numbers of the whole clip.
 *
 * @since 0.1
 */
public final class WanVae implements VideoAutoencoder {
    static final long RGB = 3;

    private final WanVaeConfig config;
    private final DType dtype;
    private final List<Step> encoder = new ArrayList<>();
    private final List<Step> decoder = new ArrayList<>();

    /** @param tap name of the result, or null */
    record Step(Layer layer, String tap) {}

    /** Reads {@code encoder.*}, {@code conv1}, {@code conv2} and {@code decoder.*}. */
    public WanVae(Weights w, WanVaeConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        readEncoder(w.at("encoder"));
        readMoments(w);
        readDecoder(w.at("decoder"));
    }

    private void readEncoder(Weights w) {
        List<Integer> mult = config.dimMult();
        long dim = config.dim();
        add(encoder, WanVaeLayers.causal(w.at("conv1"), RGB, dim), "encoder.conv1");
        long in = dim;
        int index = 0;
        for (int i = 0; i < mult.size(); i++) {
            long out = dim * mult.get(i);
            for (int j = 0; j < config.numResBlocks(); j++, index++) {
                add(encoder, ResidualBlock.of(w.at("downsamples", index), in, out), "encoder.downsamples." + index);
                in = out;
            }
            if (i < mult.size() - 1) {
                TimeStep time = TimeStep.of(config.temperalDownsample().get(i));
                add(encoder, Down.of(w.at("downsamples", index), out, time), "encoder.downsamples." + index);
                index++;
            }
        }
        addMiddle(encoder, w.at("middle"), in, "encoder.middle.");
        add(encoder, NormConv.of(w.at("head"), 0, 2, in, 2L * config.zDim()), "encoder.head");
    }

    /** The distribution's mean alone is used, scaled by the statistics of the training data. */
    private void readMoments(Weights w) {
        long z = config.zDim();
        add(encoder, WanVaeLayers.pointwise(w.at("conv1"), 2 * z, 2 * z), null);
        add(encoder, (a, x, chunk) -> a.slice(x, 4, 0, z), null);
        add(encoder, (a, x, chunk) -> standardized(a, x), null);
        add(decoder, (a, x, chunk) -> unstandardized(a, x), null);
        add(decoder, WanVaeLayers.pointwise(w.at("conv2"), z, z), null);
    }

    private void readDecoder(Weights w) {
        List<Integer> mult = config.dimMult();
        int last = mult.size() - 1;
        long in = (long) config.dim() * mult.get(last);
        add(decoder, WanVaeLayers.causal(w.at("conv1"), config.zDim(), in), "decoder.conv1");
        addMiddle(decoder, w.at("middle"), in, "decoder.middle.");
        int index = 0;
        for (int i = last; i >= 0; i--) {
            long out = (long) config.dim() * mult.get(i);
            for (int j = 0; j <= config.numResBlocks(); j++, index++) {
                add(decoder, ResidualBlock.of(w.at("upsamples", index), in, out), "decoder.upsamples." + index);
                in = out;
            }
            if (i > 0) {
                TimeStep time = TimeStep.of(config.temperalDownsample().get(i - 1));
                add(decoder, Up.of(w.at("upsamples", index), out, time), "decoder.upsamples." + index);
                in = out / 2;
                index++;
            }
        }
        add(decoder, NormConv.of(w.at("head"), 0, 2, in, RGB), "decoder.head");
    }

    private static void addMiddle(List<Step> steps, Weights w, long dim, String tap) {
        add(steps, ResidualBlock.of(w.at(0), dim, dim), tap + 0);
        add(steps, AttentionBlock.of(w.at(1), dim), tap + 1);
        add(steps, ResidualBlock.of(w.at(2), dim, dim), tap + 2);
    }

    private static void add(List<Step> steps, Layer layer, String tap) {
        steps.add(new Step(layer, tap));
    }

    private Tensor standardized(Arena a, Tensor mu) {
        try (Arena t = a.child("standardized")) {
            Tensor shifted = t.add(mu, channels(t, mu, config.mean(), mean -> -mean));
            return t.keep(t.mul(shifted, channels(t, mu, config.std(), std -> 1 / std)));
        }
    }

    private Tensor unstandardized(Arena a, Tensor latent) {
        try (Arena t = a.child("unstandardized")) {
            Tensor scaled = t.mul(latent, channels(t, latent, config.std(), std -> std));
            return t.keep(t.add(scaled, channels(t, latent, config.mean(), mean -> mean)));
        }
    }

    private static Tensor channels(Arena a, Tensor like, List<Float> statistics, UnaryOperator<Float> change) {
        float[] values = new float[statistics.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = change.apply(statistics.get(i));
        }
        return a.of("channels", like.dtype(), values, 1, 1, 1, 1, values.length);
    }

    /** The sizes it was made with. */
    public WanVaeConfig config() {
        return config;
    }

    @Override
    public int latentChannels() {
        return config.zDim();
    }

    @Override
    public float scalingFactor() {
        return 1;
    }

    @Override
    public int encodeStep() {
        return config.frameFactor();
    }

    @Override
    public int decodeStep() {
        return 1;
    }

    /**
     * Encodes a whole clip.
     *
     * @param video {@code [batch, 1 + frameFactor k, height, width, 3]}, height and width multiples of {@code spatialFactor}
     * @return {@code [batch, 1 + k, height / spatialFactor, width / spatialFactor, zDim]}
     */
    public Tensor encode(Arena a, Tensor video) {
        requireVideo(video);
        if (video.dim(1) < 1 || (video.dim(1) - 1) % config.frameFactor() != 0) {
            throw new ShapeException(
                    "encode: frames must be 1 + a multiple of " + config.frameFactor() + ", got " + video);
        }
        return whole(a, video, encoder);
    }

    /**
     * Decodes a whole clip.
     *
     * @param latent {@code [batch, 1 + k, height, width, zDim]}
     * @return {@code [batch, 1 + frameFactor k, spatialFactor height, spatialFactor width, 3]}, not clamped
     */
    public Tensor decode(Arena a, Tensor latent) {
        requireLatent(latent);
        if (latent.dim(1) < 1) {
            throw new ShapeException("decode: latent must have at least one frame, got " + latent);
        }
        return whole(a, latent, decoder);
    }

    /** Encodes a clip a few frames at a time, remembering in {@code a} what the next ones need; latents come as they are ready. */
    @Override
    public WanVaeStream encoderStream(Arena a) {
        return new WanVaeStream(a, dtype, encoder, this::requireVideo);
    }

    /** Decodes a clip a few latents at a time, remembering in {@code a} what the next ones need. */
    @Override
    public WanVaeStream decoderStream(Arena a) {
        return new WanVaeStream(a, dtype, decoder, this::requireLatent);
    }

    private void requireVideo(Tensor video) {
        int side = config.spatialFactor();
        if (video.rank() != 5
                || video.dim(4) != RGB
                || video.dim(2) % side != 0
                || video.dim(3) % side != 0
                || video.dim(2) * video.dim(3) == 0) {
            throw new ShapeException("encode: video must be [batch, frames, height, width, 3] with height and width"
                    + " multiples of " + side + ", got " + video);
        }
    }

    private void requireLatent(Tensor latent) {
        if (latent.rank() != 5 || latent.dim(4) != config.zDim()) {
            throw new ShapeException(
                    "decode: latent must be [batch, frames, height, width, " + config.zDim() + "], got " + latent);
        }
    }

    private Tensor whole(Arena a, Tensor input, List<Step> steps) {
        Chunk chunk = Chunk.whole();
        try (Arena t = a.child("wanVae");
                Flow x = new Flow(t, t.cast(input, dtype))) {
            for (Step step : steps) {
                x.then("step", (s, v) -> step.layer().forward(s, v, chunk));
                if (step.tap() != null) {
                    t.tap(step.tap(), x.value());
                }
            }
            return t.keep(x.finish());
        }
    }
}
