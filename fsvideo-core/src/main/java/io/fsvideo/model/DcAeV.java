package io.fsvideo.model;

import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Clip;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.Kernel;
import io.fsvideo.nn.Layer;
import io.fsvideo.nn.Norm;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.ResBlock;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * DC-AE-V, the chunk-causal video autoencoder of DC-VideoGen (dc-ai-projects/DC-Gen cae2205, dc_videogen/dc_ae_v.py): RGB in [-1, 1] to
 * latents of {@code 1 / spatialFactor} height and width and {@code 1 / temporalFactor} frames. Frames see their whole chunk, and the
 * chunks before it. A last chunk that is not full sees only itself.
 *
 * @since 0.1
 */
public final class DcAeV implements VideoAutoencoder {
    private static final long RGB = 3;

    private final DcAeVConfig config;
    private final DType dtype;
    private final List<Step> encoder = new ArrayList<>();
    private final List<Step> decoder = new ArrayList<>();

    /** @param tap name of the result, or null */
    private record Step(Layer layer, String tap) {}

    /** Reads {@code encoder.*} and {@code decoder.*}. */
    public DcAeV(Weights w, DcAeVConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        readEncoder(w.at("encoder"));
        readDecoder(w.at("decoder"));
    }

    private void readEncoder(Weights w) {
        List<Integer> widths = config.widthList();
        int last = widths.size() - 1;
        TimeMode video = TimeMode.chunk(config.chunkSize());
        TimeMode latent = TimeMode.chunk(config.latentChunk());
        add(encoder, unshuffled(conv(w.at("project_in", "conv", "conv"), RGB, widths.get(1) / 4, video), 1, 2), null);
        for (int i = 1; i <= last; i++) {
            Weights ops = w.at("stages", i, "op_list");
            int depth = config.encoderDepths().get(i);
            for (int j = 0; j < depth; j++) {
                add(encoder, block(ops.at(j), widths.get(i), i < last ? video : latent), null);
            }
            if (i < last) {
                int frames = i == last - 1 ? config.temporalFactor() : 1;
                add(encoder, down(ops.at(depth), widths.get(i), widths.get(i + 1), frames), null);
            }
            tap(encoder, "encoder.stages." + i);
        }
        add(encoder, conv(w.at("project_out", "conv"), widths.get(last), config.latentChannels(), latent), null);
    }

    private void readDecoder(Weights w) {
        List<Integer> widths = config.decoderWidthList();
        int last = widths.size() - 1;
        TimeMode video = TimeMode.chunk(config.chunkSize());
        TimeMode latent = TimeMode.chunk(config.latentChunk());
        add(decoder, conv(w.at("project_in", "conv"), config.latentChannels(), widths.get(last), latent), null);
        for (int i = last; i >= 1; i--) {
            Weights ops = w.at("stages", i, "op_list");
            if (i < last) {
                int frames = i == last - 1 ? config.temporalFactor() : 1;
                add(decoder, up(ops.at(0), widths.get(i + 1), widths.get(i), frames), null);
            }
            for (int j = 0; j < config.decoderDepths().get(i); j++) {
                add(decoder, block(ops.at(i < last ? j + 1 : j), widths.get(i), i < last ? video : latent), null);
            }
            tap(decoder, "decoder.stages." + i);
        }
        Weights out = w.at("project_out", "op_list");
        PixelNorm norm = PixelNorm.affine(out.at(0), widths.get(1), config.normEps());
        add(decoder, (a, x, chunk) -> norm.forward(a, x), null);
        add(decoder, (a, x, chunk) -> a.activation(x, Activation.SILU), null);
        add(decoder, shuffled(conv(out.at(2, "conv", "conv"), widths.get(1), 4 * RGB, video), 1, 2), null);
    }

    private static void add(List<Step> steps, Layer layer, String tap) {
        steps.add(new Step(layer, tap));
    }

    /** Names the result of the last step so far. */
    private static void tap(List<Step> steps, String name) {
        steps.set(steps.size() - 1, new Step(steps.get(steps.size() - 1).layer, name));
    }

    private static Conv3d conv(Weights w, long in, long out, TimeMode time) {
        return Conv3d.of(w, Kernel.of(in, out, 3), time);
    }

    private Layer block(Weights w, long width, TimeMode time) {
        Norm.Factory norm = (place, channels) -> PixelNorm.affine(place.at("norm"), channels, config.normEps());
        return ResBlock.of(w, width, time, norm, Activation.SILU);
    }

    /** Space, or with {@code frames > 1} time, into channels, plus the mean of consecutive channels; convolved at the input's rate. */
    private Layer down(Weights w, long in, long out, int frames) {
        int side = frames > 1 ? 1 : 2;
        TimeMode time = TimeMode.chunk(config.chunkSize());
        Conv3d conv = conv(w.at("main", "conv", "conv"), in, out / ((long) frames * side * side), time);
        Layer averaging = (a, x, chunk) -> {
            try (Flow flow = new Flow(a, x)) {
                flow.then("unshuffle", (s, v) -> s.pixelUnshuffle3d(v, frames, side));
                return flow.then("average", (s, v) -> s.channelAverage(v, out)).finish();
            }
        };
        return sum(unshuffled(conv, frames, side), averaging);
    }

    /** Channels into space, or with {@code frames > 1} into time, plus repeated channels; convolved at the input's rate. */
    private Layer up(Weights w, long in, long out, int frames) {
        int side = frames > 1 ? 1 : 2;
        long wide = out * frames * side * side;
        TimeMode time = TimeMode.chunk(frames > 1 ? config.latentChunk() : config.chunkSize());
        Layer duplicating = (a, x, chunk) -> {
            try (Flow flow = new Flow(a, x)) {
                flow.then("duplicate", (s, v) -> s.channelDuplicate(v, wide));
                return flow.then("shuffle", (s, v) -> s.pixelShuffle3d(v, frames, side))
                        .finish();
            }
        };
        return sum(shuffled(conv(w.at("main", "conv", "conv"), in, wide, time), frames, side), duplicating);
    }

    private static Layer sum(Layer main, Layer shortcut) {
        return (a, x, chunk) -> {
            try (Arena t = a.child("sum")) {
                return t.keep(t.add(main.forward(t, x, chunk), shortcut.forward(t, x, chunk)));
            }
        };
    }

    private static Layer unshuffled(Conv3d conv, int frames, int side) {
        return (a, x, chunk) -> {
            try (Flow flow = new Flow(a, x)) {
                flow.then("conv", (s, v) -> conv.forward(s, v, chunk));
                return flow.then("unshuffle", (s, v) -> s.pixelUnshuffle3d(v, frames, side))
                        .finish();
            }
        };
    }

    private static Layer shuffled(Conv3d conv, int frames, int side) {
        return (a, x, chunk) -> {
            try (Flow flow = new Flow(a, x)) {
                flow.then("conv", (s, v) -> conv.forward(s, v, chunk));
                return flow.then("shuffle", (s, v) -> s.pixelShuffle3d(v, frames, side))
                        .finish();
            }
        };
    }

    /** The sizes it was made with. */
    public DcAeVConfig config() {
        return config;
    }

    @Override
    public int latentChannels() {
        return config.latentChannels();
    }

    @Override
    public float scalingFactor() {
        return config.scalingFactor();
    }

    @Override
    public int encodeStep() {
        return config.chunkSize();
    }

    @Override
    public int decodeStep() {
        return config.latentChunk();
    }

    /** Encodes a clip one chunk of {@link #encodeStep} frames at a time; the last may be shorter. */
    @Override
    public ClipStream encoderStream(Arena a) {
        return new Chunks(a, encoder, this::requireVideo);
    }

    /** Decodes a clip one chunk of {@link #decodeStep} latents at a time; the last may be shorter. */
    @Override
    public ClipStream decoderStream(Arena a) {
        return new Chunks(a, decoder, this::requireLatent);
    }

    /**
     * Encodes a clip chunk by chunk, as upstream does.
     *
     * @param video {@code [batch, frames, height, width, 3]}, frames a multiple of {@code temporalFactor}, height and width of
     *     {@code spatialFactor}
     * @return {@code [batch, frames / temporalFactor, height / spatialFactor, width / spatialFactor, latentChannels]}
     */
    public Tensor encode(Arena a, Tensor video) {
        requireVideo(video);
        return chunked(a, video, encodeStep(), encoderStream(a));
    }

    /** Encodes in one call: the same as {@link #encode} when frames fill their chunks, else one clip without chunks. */
    public Tensor encodeAtOnce(Arena a, Tensor video) {
        requireVideo(video);
        return run(a, video, encoder, Chunk.whole());
    }

    private void requireVideo(Tensor video) {
        int side = config.spatialFactor();
        if (video.rank() != 5
                || video.dim(4) != RGB
                || video.dim(1) % config.temporalFactor() != 0
                || video.dim(2) % side != 0
                || video.dim(3) % side != 0
                || video.numel() == 0) {
            throw new ShapeException(
                    "encode: video must be [batch, frames, height, width, 3] with frames a multiple of "
                            + config.temporalFactor() + " and height and width of " + side + ", got " + video);
        }
    }

    /**
     * Decodes a clip chunk by chunk, as upstream does.
     *
     * @param latent {@code [batch, frames, height, width, latentChannels]}
     * @return {@code [batch, temporalFactor frames, spatialFactor height, spatialFactor width, 3]}, not clamped
     */
    public Tensor decode(Arena a, Tensor latent) {
        requireLatent(latent);
        return chunked(a, latent, decodeStep(), decoderStream(a));
    }

    /**
     * Decodes in one call: the same as {@link #decode} when latents fill their chunks, else one clip without chunks.
     */
    public Tensor decodeAtOnce(Arena a, Tensor latent) {
        requireLatent(latent);
        return run(a, latent, decoder, Chunk.whole());
    }

    private void requireLatent(Tensor latent) {
        if (latent.rank() != 5 || latent.dim(4) != config.latentChannels() || latent.numel() == 0) {
            throw new ShapeException("decode: latent must be [batch, frames, height, width, " + config.latentChannels()
                    + "], got " + latent);
        }
    }

    private static Tensor chunked(Arena a, Tensor clip, int size, ClipStream stream) {
        try (stream;
                Arena t = a.child("dcAeV")) {
            List<Tensor> parts = new ArrayList<>();
            for (long from = 0; from < clip.dim(1); from += size) {
                try (Arena s = t.child("chunk")) {
                    Tensor frames = s.slice(clip, 1, from, Math.min(from + size, clip.dim(1)));
                    parts.add(s.keep(stream.next(s, frames)));
                }
            }
            return t.keep(t.concat(1, parts));
        }
    }

    /** A clip in chunks, each seeing the one before. */
    private final class Chunks implements ClipStream {
        private final Clip clip;
        private final List<Step> steps;
        private final Consumer<Tensor> require;

        Chunks(Arena a, List<Step> steps, Consumer<Tensor> require) {
            this.clip = new Clip(a, DecoderNoise.NONE);
            this.steps = steps;
            this.require = require;
        }

        @Override
        public Tensor next(Arena a, Tensor frames) {
            require.accept(frames);
            return run(a, frames, steps, clip.chunk());
        }

        @Override
        public long bytesInUse() {
            return clip.arena().bytesInUse();
        }

        @Override
        public void close() {
            clip.close();
        }
    }

    private Tensor run(Arena a, Tensor input, List<Step> steps, Chunk chunk) {
        try (Arena t = a.child("run");
                Flow x = new Flow(t, t.cast(input, dtype))) {
            for (Step step : steps) {
                x.then("step", (s, v) -> step.layer.forward(s, v, chunk));
                if (step.tap != null) {
                    t.tap(step.tap, x.value());
                }
            }
            return t.keep(x.finish());
        }
    }
}
