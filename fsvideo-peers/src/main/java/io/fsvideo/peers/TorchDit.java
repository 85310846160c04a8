package io.fsvideo.peers;

import io.fsvideo.bench.Work;
import io.fsvideo.model.DitConfig;
import io.fsvideo.nn.Rope;
import io.fsvideo.nn.TimeEmbedding;
import io.fsvideo.peers.TorchWeights.Affine;
import io.fsvideo.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Wan2.1's transformer in LibTorch as its own code has it (wan/modules/model.py), in inference form: residual stream and modulation in
 * F32, attention by LibTorch's fused kernel, rotations in complex F32 instead of F64, keys and values of the text made beforehand.
 */
final class TorchDit {
    private final Work.Transformer work;
    private final DitConfig c;
    private final torch.ScalarType type;
    private final Tensor x;
    private final Tensor rotation;
    private final Affine patch;
    private final Affine head;
    private final Tensor headModulation;
    private final Tensor time;
    private final Tensor timeProjection;
    private final List<Block> blocks = new ArrayList<>();
    private final Scalar one = new Scalar(1);

    private record Block(
            Tensor modulation,
            Affine q,
            Affine k,
            Affine v,
            Affine o,
            TensorOptional normQ,
            TensorOptional normK,
            TensorOptional norm3,
            TensorOptional norm3Bias,
            Affine crossQ,
            TensorOptional crossNormQ,
            Affine crossO,
            Tensor crossK,
            Tensor crossV,
            Affine up,
            Affine down) {}

    TorchDit(Work.Transformer work) {
        this.work = work;
        c = work.config();
        TorchWeights w = new TorchWeights(work.arena(), work.weights(), "", work.dtype());
        TorchWeights exact = w.in(DType.F32);
        type = w.type();
        x = Memory.view(work.x());
        int frames = (int) work.x().dim(1) / c.patchFrames();
        int height = (int) work.x().dim(2) / c.patchHeight();
        int width = (int) work.x().dim(3) / c.patchWidth();
        int tokens = frames * height * width;
        rotation =
                torch.view_as_complex(Memory.view(Rope.table(work.arena(), c.headDim(), frames, height, width, tokens))
                        .reshape(1, tokens, 1, c.headDim() / 2, 2));
        patch = new Affine(
                w.at("patch_embedding")
                        .get("weight", c.dim(), c.inDim(), c.patchFrames(), c.patchHeight(), c.patchWidth()),
                new TensorOptional(w.at("patch_embedding").get("bias", c.dim())));
        head = exact.at("head").at("head").linear(c.dim(), (long) c.patchVolume() * c.outDim());
        headModulation = exact.at("head").get("modulation", 1, 2, c.dim());
        time = timeEmbedding(exact);
        timeProjection = exact.at("time_projection")
                .at("1")
                .linear(c.dim(), 6L * c.dim())
                .of(torch.silu(time))
                .reshape(1, 6, c.dim());
        Tensor text = text(w);
        for (int i = 0; i < c.numLayers(); i++) {
            blocks.add(block(w.at("blocks").at(Integer.toString(i)), text));
        }
    }

    private Tensor timeEmbedding(TorchWeights w) {
        float[] waves = TimeEmbedding.sinusoid(new float[] {work.time()}, c.freqDim());
        Tensor features = Memory.view(work.arena().of("waves", waves, 1, c.freqDim()));
        Tensor hidden = torch.silu(
                w.at("time_embedding").at("0").linear(c.freqDim(), c.dim()).of(features));
        return w.at("time_embedding").at("2").linear(c.dim(), c.dim()).of(hidden);
    }

    private Tensor text(TorchWeights w) {
        Tensor rows = Memory.view(work.text()).to(type).unsqueeze(0);
        Tensor hidden = torch.gelu(
                w.at("text_embedding").at("0").linear(c.textDim(), c.dim()).of(rows), "tanh");
        return w.at("text_embedding").at("2").linear(c.dim(), c.dim()).of(hidden);
    }

    private Block block(TorchWeights w, Tensor text) {
        long d = c.dim();
        TorchWeights self = w.at("self_attn");
        TorchWeights cross = w.at("cross_attn");
        Tensor keys = norm(cross.at("k").linear(d, d).of(text), weight(cross.at("norm_k"), d));
        return new Block(
                w.in(DType.F32).get("modulation", 1, 6, d),
                self.at("q").linear(d, d),
                self.at("k").linear(d, d),
                self.at("v").linear(d, d),
                self.at("o").linear(d, d),
                weight(self.at("norm_q"), d),
                weight(self.at("norm_k"), d),
                new TensorOptional(w.in(DType.F32).at("norm3").get("weight", d)),
                new TensorOptional(w.in(DType.F32).at("norm3").get("bias", d)),
                cross.at("q").linear(d, d),
                weight(cross.at("norm_q"), d),
                cross.at("o").linear(d, d),
                heads(keys),
                heads(cross.at("v").linear(d, d).of(text)),
                w.at("ffn").at("0").linear(d, c.ffnDim()),
                w.at("ffn").at("2").linear(c.ffnDim(), d));
    }

    private static TensorOptional weight(TorchWeights w, long dim) {
        return new TensorOptional(w.get("weight", dim));
    }

    private Tensor norm(Tensor y, TensorOptional weight) {
        return torch.rms_norm(y, new long[] {c.dim()}, weight, new DoubleOptional(c.eps()));
    }

    /** {@code [1, tokens, dim]} to {@code [1, tokens, heads, headDim]}. */
    private Tensor heads(Tensor y) {
        return y.view(1, y.size(1), c.numHeads(), c.headDim());
    }

    /** {@code [1, frames, height, width, outDim]}. */
    Tensor forward() {
        return Scoped.result(() -> {
            Tensor tokens = torch.conv3d(
                            x.permute(0, 4, 1, 2, 3).to(type),
                            patch.weight(),
                            patch.bias(),
                            patchSizes(),
                            new long[] {0, 0, 0},
                            new long[] {1, 1, 1},
                            1)
                    .flatten(2, -1)
                    .transpose(1, 2)
                    .to(torch.ScalarType.Float);
            for (Block block : blocks) {
                tokens = forward(block, tokens);
            }
            return positions(tokens);
        });
    }

    private long[] patchSizes() {
        return new long[] {c.patchFrames(), c.patchHeight(), c.patchWidth()};
    }

    private Tensor forward(Block b, Tensor input) {
        return Scoped.result(() -> {
            Tensor m = timeProjection.add(b.modulation);
            Tensor x1 = gated(input, selfAttention(b, input, m), m, 2);
            Tensor x2 = x1.add(crossAttention(b, x1));
            Tensor h = modulated(x2, m, 3);
            Tensor y = b.down.of(torch.gelu(b.up.of(h), "tanh"));
            return gated(x2, y, m, 5);
        });
    }

    private Tensor selfAttention(Block b, Tensor input, Tensor m) {
        return Scoped.result(() -> {
            Tensor h = modulated(input, m, 0);
            Tensor q = rotated(heads(norm(b.q.of(h), b.normQ)));
            Tensor k = rotated(heads(norm(b.k.of(h), b.normK)));
            return b.o.of(attention(q, k, heads(b.v.of(h))));
        });
    }

    private Tensor crossAttention(Block b, Tensor x1) {
        return Scoped.result(() -> {
            Tensor normed = torch.layer_norm(x1, new long[] {c.dim()}, b.norm3, b.norm3Bias, c.eps(), false);
            Tensor q = heads(norm(b.crossQ.of(normed.to(type)), b.crossNormQ));
            return b.crossO.of(attention(q, b.crossK, b.crossV));
        });
    }

    private Tensor attention(Tensor q, Tensor k, Tensor v) {
        Tensor y = OpenBlas.onOneThread(() -> torch.scaled_dot_product_attention(
                q.transpose(1, 2),
                k.transpose(1, 2),
                v.transpose(1, 2),
                new TensorOptional(),
                0,
                false,
                new DoubleOptional(),
                false));
        return y.transpose(1, 2).flatten(2, -1);
    }

    private Tensor rotated(Tensor y) {
        Tensor pairs = y.to(torch.ScalarType.Float).view(1, y.size(1), c.numHeads(), c.headDim() / 2, 2);
        return torch.view_as_real(torch.view_as_complex(pairs).mul(rotation))
                .flatten(3, -1)
                .to(type);
    }

    /** Normed, scaled and shifted by rows {@code i + 1} and {@code i} of the modulation. */
    private Tensor modulated(Tensor y, Tensor m, long i) {
        Tensor normed =
                torch.layer_norm(y, new long[] {c.dim()}, new TensorOptional(), new TensorOptional(), c.eps(), false);
        return torch.addcmul(m.narrow(1, i, 1), normed, m.narrow(1, i + 1, 1).add(one))
                .to(type);
    }

    private static Tensor gated(Tensor y, Tensor added, Tensor m, long i) {
        return torch.addcmul(y, added.to(torch.ScalarType.Float), m.narrow(1, i, 1));
    }

    private Tensor positions(Tensor tokens) {
        Tensor m = headModulation.add(time.unsqueeze(1));
        Tensor normed = torch.layer_norm(
                tokens, new long[] {c.dim()}, new TensorOptional(), new TensorOptional(), c.eps(), false);
        Tensor y = head.of(
                torch.addcmul(m.narrow(1, 0, 1), normed, m.narrow(1, 1, 1).add(one)));
        long frames = x.size(1) / c.patchFrames();
        long height = x.size(2) / c.patchHeight();
        long width = x.size(3) / c.patchWidth();
        return y.view(frames, height, width, c.patchFrames(), c.patchHeight(), c.patchWidth(), c.outDim())
                .permute(0, 3, 1, 4, 2, 5, 6)
                .reshape(1, x.size(1), x.size(2), x.size(3), c.outDim());
    }
}
