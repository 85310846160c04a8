package io.fsvideo.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Layers of FSVideo's autoencoder in LibTorch. Tensors lie channels last, {@code [1, frames, height, width, channels]}, which its
 * convolutions take without copies and its norms and products need.
 */
final class TorchLayers {
    private static final long[] ONE = {1, 1, 1};

    private TorchLayers() {}

    /** A step from one tensor to the next; what it makes on the way is freed. */
    interface Layer {
        Tensor of(Tensor x);

        default Layer scoped() {
            return x -> Scoped.result(() -> of(x));
        }
    }

    /**
     * A convolution that is causal between groups of frames: frame 0 alone, then groups of {@code rate} that see one frame back and
     * repeat their own last. All groups are one batch.
     */
    static Layer groupConv(TorchWeights w, long in, long out, long groups, int rate, boolean bias) {
        Tensor weight = w.get("weight", out, in / groups, 3, 3, 3).contiguous(torch.MemoryFormat.ChannelsLast3d);
        TensorOptional offset = bias ? new TensorOptional(w.get("bias", out)) : new TensorOptional();
        Layer windows =
                x -> torch.conv3d(x.permute(0, 4, 1, 2, 3), weight, offset, ONE, new long[] {0, 1, 1}, ONE, groups)
                        .permute(0, 2, 3, 4, 1);
        return ((Layer) x -> {
                    Tensor first = windows.of(x.narrow(1, 0, 1).expand(1, 3, x.size(2), x.size(3), x.size(4)));
                    if (x.size(1) == 1) {
                        return first;
                    }
                    Tensor rest = windows.of(grouped(x, rate));
                    Tensor flat = rest.reshape(1, rest.size(0) * rate, rest.size(2), rest.size(3), out);
                    return torch.cat(new TensorVector(first, flat), 1);
                })
                .scoped();
    }

    /** {@code [groups, rate + 2, height, width, channels]}. */
    private static Tensor grouped(Tensor x, int rate) {
        List<Tensor> frames = new ArrayList<>();
        for (long first = 1; first < x.size(1); first += rate) {
            frames.add(x.narrow(1, first - 1, rate + 1L));
            frames.add(x.narrow(1, first + rate - 1, 1));
        }
        Tensor all = torch.cat(new TensorVector(frames.toArray(new Tensor[0])), 1);
        return all.view(frames.size() / 2, rate + 2L, x.size(2), x.size(3), x.size(4));
    }

    /** A convolution of every frame by itself. */
    private static Layer frameConv(TorchWeights w, long in, long out, long groups, long side) {
        Tensor weight = w.get("weight", out, in / groups, 1, side, side).squeeze(2);
        Tensor laid = weight.contiguous(torch.MemoryFormat.ChannelsLast);
        long pad = side / 2;
        TensorOptional none = new TensorOptional();
        return x -> torch.conv2d(
                        x.squeeze(0).permute(0, 3, 1, 2),
                        laid,
                        none,
                        new long[] {1, 1},
                        new long[] {pad, pad},
                        new long[] {1, 1},
                        groups)
                .permute(0, 2, 3, 1)
                .unsqueeze(0);
    }

    /** A convolution of one pixel. */
    static Layer pointwise(TorchWeights w, long in, long out, boolean bias) {
        Tensor weight = w.get("weight", out, in, 1, 1, 1).view(out, in);
        TensorOptional offset = bias ? new TensorOptional(w.get("bias", out)) : new TensorOptional();
        return x -> torch.linear(x, weight, offset);
    }

    static Tensor norm(Tensor x, double eps) {
        return torch.rms_norm(x, new long[] {x.size(-1)}, new TensorOptional(), new DoubleOptional(eps));
    }

    static Layer resBlock(TorchWeights w, long channels, int rate, double eps) {
        Layer conv1 = groupConv(w.at("main.conv1.conv"), channels, channels, 1, rate, true);
        Layer conv2 = groupConv(w.at("main.conv2.conv"), channels, channels, 1, rate, false);
        return ((Layer) x -> x.add(norm(conv2.of(torch.silu_(conv1.of(x))), eps))).scoped();
    }

    /** Doubles height and width, and {@code frames}-fold the frame rate. */
    static Layer up(TorchWeights w, long in, long out, int frames, int rate) {
        Layer conv = groupConv(w.at("main.conv.conv"), in, out * 4 * frames, 1, rate, true);
        long copies = out * 4 * frames / in;
        return ((Layer) x -> {
                    Tensor sum = conv.of(x)
                            .add_(x.repeat_interleave(
                                    copies,
                                    new org.bytedeco.pytorch.LongOptional(-1),
                                    new org.bytedeco.pytorch.LongOptional()));
                    Tensor shuffled = shuffled(sum, out, frames);
                    return shuffled.narrow(1, frames - 1L, shuffled.size(1) - frames + 1);
                })
                .scoped();
    }

    /** Channels into time and space. */
    private static Tensor shuffled(Tensor x, long out, long frames) {
        return x.view(x.size(1), x.size(2), x.size(3), out, frames, 2, 2)
                .permute(0, 4, 1, 5, 2, 6, 3)
                .reshape(1, x.size(1) * frames, x.size(2) * 2, x.size(3) * 2, out);
    }

    /** Attention of every frame with ReLU features, cost linear in pixels; all {@code [batch, tokens, heads, headDim]}. */
    static Tensor linearAttention(Tensor q, Tensor k, Tensor v, double eps) {
        Tensor queries = torch.relu(q.to(torch.ScalarType.Float)).transpose(1, 2);
        Tensor keys = torch.relu(k.to(torch.ScalarType.Float)).permute(0, 2, 3, 1);
        Tensor values = v.to(torch.ScalarType.Float).transpose(1, 2);
        Tensor sums = keys.sum(new long[] {-1}, true, new org.bytedeco.pytorch.ScalarTypeOptional());
        Tensor weighted = queries.matmul(keys.matmul(values));
        Tensor total = queries.matmul(sums).add(new Scalar(eps));
        return weighted.div(total).transpose(1, 2).to(q.scalar_type());
    }

    static Layer liteMla(TorchWeights w, long channels, long headDim, double attentionEps, double eps) {
        Layer qkv = pointwise(w.at("qkv.conv"), channels, 3 * channels, false);
        long heads = channels / headDim;
        Layer aggregate = frameConv(w.at("aggreg.0.0"), 3 * channels, 3 * channels, 3 * channels, 5);
        Layer mix = frameConv(w.at("aggreg.0.1"), 3 * channels, 3 * channels, 3 * heads, 1);
        Layer proj = pointwise(w.at("proj.conv"), 2 * channels, channels, false);
        Layer attend = x -> {
            Tensor rows = x.reshape(x.size(1), x.size(2) * x.size(3), heads, 3 * headDim);
            Tensor y = linearAttention(
                    rows.narrow(3, 0, headDim),
                    rows.narrow(3, headDim, headDim),
                    rows.narrow(3, 2 * headDim, headDim),
                    attentionEps);
            return y.reshape(1, x.size(1), x.size(2), x.size(3), channels);
        };
        return ((Layer) x -> {
                    Tensor own = qkv.of(x);
                    Tensor both = torch.cat(new TensorVector(attend.of(own), attend.of(mix.of(aggregate.of(own)))), -1);
                    return x.add(norm(proj.of(both), eps));
                })
                .scoped();
    }

    static Layer gluMbConv(TorchWeights w, long channels, int rate, double eps) {
        long inner = 4 * channels;
        Layer inverted = pointwise(w.at("inverted_conv.conv"), channels, 2 * inner, true);
        Layer depth = groupConv(w.at("depth_conv.conv"), 2 * inner, 2 * inner, 2 * inner, rate, true);
        Layer point = pointwise(w.at("point_conv.conv"), inner, channels, false);
        return ((Layer) x -> {
                    Tensor y = depth.of(torch.silu_(inverted.of(x)));
                    Tensor gated = y.narrow(-1, 0, inner).mul(torch.silu(y.narrow(-1, inner, inner)));
                    return x.add(norm(point.of(gated), eps));
                })
                .scoped();
    }
}
