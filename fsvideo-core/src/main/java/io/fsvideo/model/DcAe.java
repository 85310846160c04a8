package io.fsvideo.model;

import io.fsvideo.model.DcAeConfig.NormKind;
import io.fsvideo.model.DcAeConfig.Resampler;
import io.fsvideo.model.DcAeConfig.Stage;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.Averaging;
import io.fsvideo.nn.BatchNorm;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
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
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * DC-AE, the image autoencoder FSVideo's starts from (mit-han-lab/efficientvit de7d773, dc_ae.py): RGB in [-1, 1] to latents of
 * {@code 1 / spatialFactor} height and width and back. Images are clips; frames do not see each other.
 *
 * @since 0.1
 */
public final class DcAe {
    private static final TimeMode TIME = TimeMode.image();

    private final DcAeConfig config;
    private final DType dtype;
    private final List<Step> encoder = new ArrayList<>();
    private final List<Step> decoder = new ArrayList<>();

    /** @param tap name of the result, or null */
    private record Step(Layer layer, String tap) {}

    /** Reads {@code encoder.*} and {@code decoder.*}. */
    public DcAe(Weights w, DcAeConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        readEncoder(w.at("encoder"));
        readDecoder(w.at("decoder"));
    }

    private void readEncoder(Weights w) {
        List<Stage> stages = config.encoder().stages();
        int last = stages.size() - 1;
        boolean full = stages.get(0).size().depth() > 0;
        long first = stages.get(full ? 0 : 1).size().width();
        Weights in = w.at("project_in");
        add(
                encoder,
                full ? conv(in.at("conv"), config.inChannels(), first) : down(in, config.inChannels(), first),
                null);
        for (int i = 0; i <= last; i++) {
            Stage stage = stages.get(i);
            Weights ops = w.at("stages", i, "op_list");
            int depth = stage.size().depth();
            for (int j = 0; j < depth; j++) {
                add(encoder, block(ops.at(j), stage), i == last && j == depth - 1 ? "encoder.stages." + i : null);
            }
            if (i < last && depth > 0) {
                add(
                        encoder,
                        downStep(
                                ops.at(depth),
                                stage.size().width(),
                                stages.get(i + 1).size().width()),
                        "encoder.stages." + i);
            }
        }
        DcAeConfig.Encoder parts = config.encoder();
        long width = stages.get(last).size().width();
        Weights out = parts.outShortcut() ? w.at("project_out", "main") : w.at("project_out");
        Layer main = projectOut(
                out,
                width,
                parts.outNorm(),
                parts.outAct(),
                place -> conv(place.at("conv"), width, config.latentChannels()));
        add(
                encoder,
                parts.outShortcut() ? new Residual(main, new Averaging(config.latentChannels(), 1, 1)) : main,
                null);
    }

    private void readDecoder(Weights w) {
        DcAeConfig.Decoder parts = config.decoder();
        List<Stage> stages = parts.stages();
        int last = stages.size() - 1;
        long deepest = stages.get(last).size().width();
        if (parts.inShortcut()) {
            Layer conv = conv(w.at("project_in", "main", "conv"), config.latentChannels(), deepest);
            add(decoder, new Residual(conv, new Duplicating(deepest, 1, 1)), null);
        } else {
            add(decoder, conv(w.at("project_in", "conv"), config.latentChannels(), deepest), null);
        }
        for (int i = last; i >= 0; i--) {
            Stage stage = stages.get(i);
            Weights ops = w.at("stages", i, "op_list");
            int depth = stage.size().depth();
            int blocks = i < last ? 1 : 0;
            if (i < last && depth > 0) {
                add(
                        decoder,
                        upStep(
                                ops.at(0),
                                stages.get(i + 1).size().width(),
                                stage.size().width()),
                        null);
            }
            for (int j = 0; j < depth; j++) {
                add(decoder, block(ops.at(j + blocks), stage), j == depth - 1 ? "decoder.stages." + i : null);
            }
        }
        boolean full = stages.get(0).size().depth() > 0;
        long width = stages.get(full ? 0 : 1).size().width();
        add(
                decoder,
                projectOut(
                        w.at("project_out"),
                        width,
                        parts.outNorm(),
                        parts.outAct(),
                        place -> full
                                ? conv(place.at("conv"), width, config.inChannels())
                                : up(place, width, config.inChannels())),
                null);
    }

    private static void add(List<Step> steps, Layer layer, String tap) {
        steps.add(new Step(layer, tap));
    }

    private static Conv3d conv(Weights w, long in, long out) {
        return Conv3d.of(w, Kernel.of(in, out, 3), TIME);
    }

    private Layer block(Weights w, Stage stage) {
        Norm.Factory norm = (place, channels) -> norm(place.at("norm"), stage.norm(), channels);
        StageConfig size = stage.size();
        if (size.block() == Block.RES_BLOCK) {
            return ResBlock.of(w, size.width(), TIME, norm, stage.act());
        }
        int aggregation = size.block() == Block.EVIT_S5_GLU ? 5 : 0;
        EVitOptions options = new EVitOptions(config.attentionDim(), 4, aggregation, config.attentionEps(), TIME, norm);
        return EVitBlock.of(w, size.width(), options);
    }

    private Norm norm(Weights w, NormKind kind, long channels) {
        return switch (kind) {
            case TRMS2D -> PixelNorm.affine(w, channels, config.normEps());
            case BN2D -> BatchNorm.of(w, channels, config.normEps());
        };
    }

    private Layer downStep(Weights w, long in, long out) {
        if (!config.encoder().shortcut()) {
            return down(w, in, out);
        }
        return new Residual(down(w.at("main"), in, out), new Averaging(out, 1, 2));
    }

    private Layer down(Weights w, long in, long out) {
        if (config.encoder().down() == Resampler.CONV) {
            return Conv3d.of(w.at("conv"), Kernel.of(in, out, 3).withStride(2), TIME);
        }
        Conv3d conv = conv(w.at("conv", "conv"), in, out / 4);
        return (a, x, chunk) -> {
            try (Arena t = a.child("down")) {
                return t.keep(t.pixelUnshuffle3d(conv.forward(t, x, chunk), 1, 2));
            }
        };
    }

    private Layer upStep(Weights w, long in, long out) {
        if (!config.decoder().shortcut()) {
            return up(w, in, out);
        }
        return new Residual(up(w.at("main"), in, out), new Duplicating(out, 1, 2));
    }

    private Layer up(Weights w, long in, long out) {
        if (config.decoder().up() == Resampler.INTERPOLATE_CONV) {
            Conv3d conv = conv(w.at("conv", "conv"), in, out);
            return (a, x, chunk) -> {
                try (Arena t = a.child("up")) {
                    Tensor large = t.resize(x, 2 * x.dim(2), 2 * x.dim(3), Resampling.NEAREST);
                    return t.keep(conv.forward(t, large, chunk));
                }
            };
        }
        Conv3d conv = conv(w.at("conv", "conv"), in, 4 * out);
        return (a, x, chunk) -> {
            try (Arena t = a.child("up")) {
                return t.keep(t.pixelShuffle3d(conv.forward(t, x, chunk), 1, 2));
            }
        };
    }

    /** Norm, activation and convolution; {@code op_list} counts only those that exist. */
    private Layer projectOut(
            Weights w, long width, NormKind kind, Activation act, java.util.function.Function<Weights, Layer> read) {
        int index = 0;
        Norm norm = kind == null ? null : norm(w.at("op_list", index++), kind, width);
        index += act == Activation.NONE ? 0 : 1;
        Layer last = read.apply(w.at("op_list", index));
        return (a, x, chunk) -> {
            try (Flow flow = new Flow(a, x)) {
                if (norm != null) {
                    flow.then("norm", norm::forward);
                }
                if (act != Activation.NONE) {
                    flow.then("act", (s, v) -> s.activation(v, act));
                }
                return flow.then("conv", (s, v) -> last.forward(s, v, chunk)).finish();
            }
        };
    }

    /** The sizes it was made with. */
    public DcAeConfig config() {
        return config;
    }

    /**
     * @param image {@code [batch, frames, height, width, 3]}, height and width multiples of {@code spatialFactor}
     * @return {@code [batch, frames, height / spatialFactor, width / spatialFactor, latentChannels]}
     */
    public Tensor encode(Arena a, Tensor image) {
        int side = config.spatialFactor();
        if (image.rank() != 5
                || image.dim(4) != config.inChannels()
                || image.dim(2) % side != 0
                || image.dim(3) % side != 0) {
            throw new ShapeException("encode: image must be [batch, frames, height, width, " + config.inChannels()
                    + "] with height and width multiples of " + side + ", got " + image);
        }
        return run(a, image, encoder);
    }

    /**
     * @param latent {@code [batch, frames, height, width, latentChannels]}
     * @return {@code [batch, frames, spatialFactor height, spatialFactor width, 3]}
     */
    public Tensor decode(Arena a, Tensor latent) {
        if (latent.rank() != 5 || latent.dim(4) != config.latentChannels()) {
            throw new ShapeException("decode: latent must be [batch, frames, height, width, " + config.latentChannels()
                    + "], got " + latent);
        }
        return run(a, latent, decoder);
    }

    private Tensor run(Arena a, Tensor input, List<Step> steps) {
        Chunk chunk = Chunk.whole();
        try (Arena t = a.child("dcAe");
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
