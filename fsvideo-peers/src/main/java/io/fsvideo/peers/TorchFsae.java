package io.fsvideo.peers;

import io.fsvideo.bench.Work;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.StageConfig;
import io.fsvideo.nn.CrossAttention;
import io.fsvideo.peers.TorchLayers.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** FSVideo's Lite decoder in LibTorch. */
final class TorchFsae {
    /** The epsilon of norms in a stage that runs by itself. */
    private static final double STAGE_EPS = 1e-8;

    private final AutoencoderConfig c;
    private final Work.Decoder work;

    private TorchFsae(Work.Decoder work) {
        this.work = work;
        c = work.config();
    }

    static Supplier<Tensor> decoder(Work.Decoder work) {
        TorchFsae fsae = new TorchFsae(work);
        TorchWeights w = new TorchWeights(work.arena(), work.weights(), "decoder.", work.dtype());
        return run(fsae.layers(w), Memory.view(work.latent()));
    }

    static Supplier<Tensor> stage(Work.Stage work) {
        TorchWeights w = new TorchWeights(work.arena(), work.weights(), "", work.dtype());
        List<Layer> layers = new ArrayList<>();
        layers.add(TorchLayers.up(w.at("op_list.0"), work.x().dim(4), work.out(), work.frames(), work.rate()));
        for (int i = 1; i <= work.blocks(); i++) {
            layers.add(TorchLayers.resBlock(w.at("op_list." + i), work.out(), work.rate() * work.frames(), STAGE_EPS));
        }
        return run(layers, Memory.view(work.x()));
    }

    private static Supplier<Tensor> run(List<Layer> layers, Tensor input) {
        return () -> {
            Tensor x = layers.get(0).of(input);
            for (Layer layer : layers.subList(1, layers.size())) {
                try (Tensor before = x) {
                    x = layer.of(before);
                }
            }
            return x;
        };
    }

    private List<Layer> layers(TorchWeights w) {
        List<Layer> layers = new ArrayList<>();
        List<StageConfig> stages = c.decoder();
        int last = stages.size() - 1;
        long width = stages.get(last).width();
        int rate = 1;
        Layer in = TorchLayers.groupConv(w.at("project_in.main.conv"), c.latentChannels(), width, 1, rate, true);
        long copies = width / c.latentChannels();
        layers.add(((Layer) x -> in.of(x).add_(x.repeat_interleave(copies, new LongOptional(-1), new LongOptional())))
                .scoped());
        for (int i = last; i >= 0; i--) {
            StageConfig stage = stages.get(i);
            TorchWeights ops = w.at("stages." + i + ".op_list");
            if (c.crossAttention().containsKey(i)) {
                long before = stages.get(Math.min(i + 1, last)).width();
                layers.add(cross(w.at("cross_attention." + i), i, before));
            }
            int first = 0;
            if (i < last) {
                int frames = c.temporalFactor().get(i);
                layers.add(TorchLayers.up(ops.at("0"), stages.get(i + 1).width(), stage.width(), frames, rate));
                rate *= frames;
                first = 1;
            }
            for (int j = 0; j < stage.depth(); j++) {
                block(layers, ops.at(Integer.toString(j + first)), stage, rate);
            }
        }
        Layer out = TorchLayers.groupConv(
                w.at("project_out.op_list.2.conv"), stages.get(0).width(), 3, 1, rate, true);
        layers.add(((Layer) x -> out.of(torch.relu_(TorchLayers.norm(x, c.normEps())))).scoped());
        return layers;
    }

    private void block(List<Layer> layers, TorchWeights w, StageConfig stage, int rate) {
        if (stage.block() == StageConfig.Block.RES_BLOCK) {
            layers.add(TorchLayers.resBlock(w, stage.width(), rate, c.normEps()));
            return;
        }
        layers.add(TorchLayers.liteMla(
                w.at("context_module.main"), stage.width(), c.attentionDim(), c.attentionEps(), c.normEps()));
        layers.add(TorchLayers.gluMbConv(w.at("local_module.main"), stage.width(), rate, c.normEps()));
    }

    /** {@code x + proj(attention(q(norm x), k, v))} with keys and values of the feature made beforehand. */
    private Layer cross(TorchWeights w, int stage, long width) {
        boolean linear = c.crossAttention().get(stage) == CrossAttention.Kind.LINEAR;
        long headDim = linear ? c.linearCrossDim() : c.softmaxCrossDim();
        Tensor feature =
                TorchLayers.norm(Memory.view(work.features().get(stage)).to(w.type()), c.normEps());
        Layer q = TorchLayers.pointwise(w.at("q.conv"), width, width, false);
        Tensor keys =
                heads(TorchLayers.pointwise(w.at("k.conv"), width, width, false).of(feature), headDim);
        Tensor values =
                heads(TorchLayers.pointwise(w.at("v.conv"), width, width, false).of(feature), headDim);
        Layer proj = TorchLayers.pointwise(w.at("proj.conv"), width, width, false);
        return ((Layer) x -> {
                    Tensor queries = heads(q.of(TorchLayers.norm(x, c.normEps())), headDim);
                    Tensor y = linear
                            ? TorchLayers.linearAttention(queries, keys, values, c.attentionEps())
                            : torch.scaled_dot_product_attention(
                                            queries.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2))
                                    .transpose(1, 2);
                    return x.add(proj.of(y.reshape(1, x.size(1), x.size(2), x.size(3), width)));
                })
                .scoped();
    }

    private static Tensor heads(Tensor x, long headDim) {
        return x.reshape(1, x.size(1) * x.size(2) * x.size(3), x.size(4) / headDim, headDim);
    }
}
