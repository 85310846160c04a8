package io.fsvideo.peers;

import io.fsvideo.bench.Peer;
import io.fsvideo.bench.Work;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * LibTorch on the CPU. Besides the plain call of an operation there are the ways a careful user would try: results written to memory
 * kept between calls, weights laid out beforehand as its oneDNN likes them, parameters folded beforehand.
 */
public final class LibTorch implements Peer {
    private static final String PLAIN = "libtorch";
    private static final String OUT = "libtorch-out";
    private static final String MKLDNN = "libtorch-mkldnn";
    private static final String CHANNELS_LAST = "libtorch-channels-last";
    private static final String HEADS_FIRST = "libtorch-heads-first";
    private static final String FOLDED = "libtorch-folded";

    private static final Map<String, List<String>> WAYS = Map.ofEntries(
            Map.entry("LinearBench", List.of(PLAIN, OUT, MKLDNN)),
            Map.entry("Conv3dBench", List.of(PLAIN, CHANNELS_LAST, MKLDNN)),
            Map.entry("AttentionBench", List.of(PLAIN, HEADS_FIRST)),
            Map.entry("RmsNormBench", List.of(PLAIN)),
            Map.entry("PixelNormBench", List.of(PLAIN)),
            Map.entry("LayerNormBench", List.of(PLAIN)),
            Map.entry("ModulatedNormBench", List.of(PLAIN, FOLDED)),
            Map.entry("ActivationBench", List.of(PLAIN, OUT)),
            Map.entry("SoftmaxBench", List.of(PLAIN)),
            Map.entry("DitBlockBench", List.of(PLAIN)),
            Map.entry("FsaeStageBench", List.of(PLAIN)),
            Map.entry("FsaeDecodeBench", List.of(PLAIN)));

    @Override
    public String description() {
        return "LibTorch " + Tensor.class.getPackage().getImplementationVersion();
    }

    @Override
    public List<String> ways(String bench, String backend) {
        return backend.equals("cpu") ? WAYS.getOrDefault(bench, List.of()) : List.of();
    }

    @Override
    public void load() {
        try (Tensor some = torch.ones(1);
                Tensor product = torch.linear(some, some)) {
            product.numel();
        }
    }

    @Override
    public Prepared prepare(String way, Work work) {
        if (work instanceof Work.Conv3d conv) {
            return new TorchCall(() -> TorchConvolution.ready(conv, layout(way)), TorchConvolution::channelsLast);
        }
        if (work instanceof Work.Attention attention) {
            return new TorchCall(() -> attention(attention, way), LibTorch::tokensFirst);
        }
        if (work instanceof Work.Linear linear && way.equals(MKLDNN)) {
            return new TorchCall(() -> mkldnnLinear(linear), Tensor::to_dense);
        }
        return new TorchCall(() -> ready(way, work), Tensor::alias);
    }

    private static TorchConvolution.Layout layout(String way) {
        return switch (way) {
            case PLAIN -> TorchConvolution.Layout.CHANNELS_FIRST;
            case CHANNELS_LAST -> TorchConvolution.Layout.CHANNELS_LAST;
            default -> TorchConvolution.Layout.PREPACKED;
        };
    }

    private static Supplier<Tensor> ready(String way, Work work) {
        boolean out = way.equals(OUT);
        if (work instanceof Work.Linear linear) {
            return linear(linear, out);
        } else if (work instanceof Work.RmsNorm norm) {
            return rmsNorm(norm);
        } else if (work instanceof Work.LayerNorm norm) {
            Tensor x = Memory.view(norm.x());
            return layerNorm(x, optional(norm.weight(), x), optional(norm.bias(), x), norm.eps());
        } else if (work instanceof Work.ModulatedNorm norm) {
            return way.equals(FOLDED) ? foldedNorm(norm) : modulatedNorm(norm);
        } else if (work instanceof Work.Gelu gelu) {
            Tensor x = Memory.view(gelu.x());
            Tensor kept = out ? torch.empty_like(x) : null;
            return out ? () -> torch.gelu_out(kept, x, "tanh") : () -> torch.gelu(x, "tanh");
        } else if (work instanceof Work.Softmax softmax) {
            Tensor x = Memory.view(softmax.x());
            return () -> torch.softmax(x, -1);
        } else if (work instanceof Work.Transformer transformer) {
            return new TorchDit(transformer)::forward;
        } else if (work instanceof Work.Decoder decoder) {
            return TorchFsae.decoder(decoder);
        } else if (work instanceof Work.Stage stage) {
            return TorchFsae.stage(stage);
        }
        throw new IllegalArgumentException("libtorch: work must be one it knows, got " + work);
    }

    private static Supplier<Tensor> linear(Work.Linear linear, boolean out) {
        Tensor x = Memory.view(linear.x());
        Tensor weight = Memory.view(linear.weight());
        TensorOptional bias = optional(linear.bias(), x);
        Tensor kept = out ? torch.linear(x, weight, bias) : null;
        return out ? () -> torch.linear_out(kept, x, weight, bias) : () -> torch.linear(x, weight, bias);
    }

    /**
     * A product in oneDNN's tensors; the conversion of x and of the result is free here, as in a whole network of
     * such layers.
     */
    private static Supplier<Tensor> mkldnnLinear(Work.Linear linear) {
        Tensor x = Memory.view(linear.x());
        Tensor opaque = x.to_mkldnn();
        Tensor weight = Memory.view(linear.weight()).to_mkldnn();
        TensorOptional bias = new TensorOptional(
                Memory.view(linear.bias()).to(x.scalar_type()).to_mkldnn());
        return () -> torch.mkldnn_linear(opaque, weight, bias);
    }

    private static Supplier<Tensor> attention(Work.Attention attention, String way) {
        UnaryOperator<Tensor> heads =
                x -> way.equals(HEADS_FIRST) ? x.transpose(1, 2).contiguous() : x.transpose(1, 2);
        Tensor q = heads.apply(Memory.view(attention.q()));
        Tensor k = heads.apply(Memory.view(attention.k()));
        Tensor v = heads.apply(Memory.view(attention.v()));
        TensorOptional mask = new TensorOptional();
        DoubleOptional scale = new DoubleOptional(attention.scale());
        return () -> OpenBlas.onOneThread(
                () -> torch.scaled_dot_product_attention(q, k, v, mask, 0, false, scale, false));
    }

    private static Tensor tokensFirst(Tensor result) {
        return result.transpose(1, 2);
    }

    private static Supplier<Tensor> rmsNorm(Work.RmsNorm norm) {
        Tensor x = Memory.view(norm.x());
        TensorOptional weight = optional(norm.weight(), x);
        DoubleOptional eps = new DoubleOptional(norm.eps());
        long[] last = {norm.x().dim(-1)};
        if (norm.bias() == null) {
            return () -> torch.rms_norm(x, last, weight, eps);
        }
        TensorOptional bias = optional(norm.bias(), x);
        return () -> torch.rms_norm(x, last, weight, eps).add_(bias.get());
    }

    private static Supplier<Tensor> layerNorm(Tensor x, TensorOptional weight, TensorOptional bias, float eps) {
        long[] last = {x.size(-1)};
        return () -> torch.layer_norm(x, last, weight, bias, eps, false);
    }

    private static Supplier<Tensor> modulatedNorm(Work.ModulatedNorm norm) {
        Tensor x = Memory.view(norm.x());
        Tensor shift = Memory.view(norm.shift()).unsqueeze(1).to(x.scalar_type());
        Tensor scale = Memory.view(norm.scale()).unsqueeze(1).to(x.scalar_type());
        Supplier<Tensor> plain = layerNorm(x, new TensorOptional(), new TensorOptional(), norm.eps());
        Scalar one = new Scalar(1);
        return () -> {
            try (Tensor normed = plain.get();
                    Tensor factor = scale.add(one);
                    Tensor scaled = normed.mul(factor)) {
                return scaled.add(shift);
            }
        };
    }

    /** Scale and shift as the norm's own parameters, which only a batch of one allows. */
    private static Supplier<Tensor> foldedNorm(Work.ModulatedNorm norm) {
        Tensor x = Memory.view(norm.x());
        TensorOptional weight = new TensorOptional(
                Memory.view(norm.scale()).flatten().add(new Scalar(1)).to(x.scalar_type()));
        TensorOptional bias =
                new TensorOptional(Memory.view(norm.shift()).flatten().to(x.scalar_type()));
        return layerNorm(x, weight, bias, norm.eps());
    }

    /** The tensor in x's dtype, which LibTorch asks for. */
    private static TensorOptional optional(io.fsvideo.tensor.Tensor tensor, Tensor x) {
        return tensor == null
                ? new TensorOptional()
                : new TensorOptional(Memory.view(tensor).to(x.scalar_type()));
    }
}
