package io.fsvideo.model;

import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.Averaging;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.CrossAttention;
import io.fsvideo.nn.Down;
import io.fsvideo.nn.Duplicating;
import io.fsvideo.nn.EVitBlock;
import io.fsvideo.nn.EVitOptions;
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
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** The layers of an {@link Autoencoder}, in forward order. */
record AutoencoderLayers(AutoencoderConfig config) {
    /**
     * One layer and its place.
     *
     * @param layer null where the decoder attends to the feature of {@code stage}
     * @param cross that attention, or null
     * @param stage the stage whose result this is, or -1
     * @param tap name of the result, or null
     * @param rate frames per latent frame of the result
     */
    record Step(Layer layer, CrossAttention cross, int stage, String tap, int rate) {
        static Step of(Layer layer, int rate) {
            return new Step(layer, null, -1, null, rate);
        }

        Step with(Layer attending) {
            return new Step(attending, null, stage, tap, rate);
        }
    }

    /** Everything from {@code project_in} to {@code project_out}. */
    List<Step> encoder(Weights w) {
        List<Step> steps = new ArrayList<>();
        List<StageConfig> stages = config.encoder();
        int last = stages.size() - 1;
        TimeMode time = TimeMode.causal();
        Kernel in = Kernel.of(Autoencoder.RGB, stages.get(0).width(), 3);
        steps.add(Step.of(Conv3d.of(w.at("project_in", "conv"), in, time), 1));
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
            addStage(steps, layers, i, "encoder.stages." + i, 1);
        }
        long width = stages.get(last).width();
        Conv3d conv = Conv3d.of(
                w.at("project_out", "main", "op_list", 0, "conv"), Kernel.of(width, config.latentChannels(), 3), time);
        Layer out = new Residual(conv, new Averaging(config.latentChannels(), 1, 1));
        steps.add(Step.of(out, 1));
        return steps;
    }

    /** Everything from {@code project_in} to {@code project_out}. */
    List<Step> decoder(Weights w) {
        List<Step> steps = new ArrayList<>();
        List<StageConfig> stages = config.decoder();
        int last = stages.size() - 1;
        long width = stages.get(last).width();
        int rate = 1;
        Conv3d in =
                Conv3d.of(w.at("project_in", "main", "conv"), Kernel.of(config.latentChannels(), width, 3), time(rate));
        steps.add(Step.of(new Residual(in, new Duplicating(width, 1, 1)), rate));
        for (int i = last; i >= 0; i--) {
            StageConfig stage = stages.get(i);
            Weights ops = w.at("stages", i, "op_list");
            List<Layer> layers = new ArrayList<>();
            if (config.crossAttention().containsKey(i)) {
                long before = stages.get(Math.min(i + 1, last)).width();
                CrossAttention cross = crossAttention(w.at("cross_attention", i), i, before);
                steps.add(new Step(null, cross, i, "decoder.cross_attention." + i, rate));
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
            addStage(steps, layers, i, "decoder.stages." + i, rate);
        }
        Conv3d out = Conv3d.of(
                w.at("project_out", "op_list", 2, "conv"),
                Kernel.of(stages.get(0).width(), Autoencoder.RGB, 3),
                time(rate));
        PixelNorm norm = PixelNorm.plain(config.normEps());
        steps.add(Step.of((a, x, chunk) -> norm.forward(a, x), rate));
        steps.add(Step.of((a, x, chunk) -> a.activation(x, Activation.RELU), rate));
        steps.add(Step.of(out, rate));
        return steps;
    }

    private static void addStage(List<Step> steps, List<Layer> layers, int stage, String tap, int rate) {
        for (int j = 0; j < layers.size() - 1; j++) {
            steps.add(Step.of(layers.get(j), rate));
        }
        Layer last = layers.isEmpty() ? AutoencoderLayers::unchanged : layers.get(layers.size() - 1);
        steps.add(new Step(last, null, stage, tap, rate));
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
}
