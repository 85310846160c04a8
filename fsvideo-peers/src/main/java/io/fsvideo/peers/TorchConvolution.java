package io.fsvideo.peers;

import io.fsvideo.bench.Work;
import io.fsvideo.tensor.FrameTaps;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Convolution in space and time by LibTorch: the first frames repeated in front, as its users write a causal one. */
final class TorchConvolution {
    /** How inputs and weights lie. */
    enum Layout {
        CHANNELS_FIRST,
        CHANNELS_LAST,
        /** Inputs channels last, weights in oneDNN's own layout. */
        PREPACKED
    }

    private static final long[] ONE = {1, 1, 1};
    private static final long[] IN_SPACE = {0, 1, 1};

    private TorchConvolution() {}

    static Supplier<Tensor> ready(Work.Conv3d conv, Layout layout) {
        Tensor last = Memory.view(conv.x()).permute(0, 4, 1, 2, 3);
        Tensor x = layout == Layout.CHANNELS_FIRST ? last.contiguous() : last;
        Tensor plain = Memory.view(conv.weight());
        Tensor weight = layout == Layout.CHANNELS_FIRST ? plain : plain.contiguous(torch.MemoryFormat.ChannelsLast3d);
        TensorOptional bias = new TensorOptional(Memory.view(conv.bias()).to(x.scalar_type()));
        long repeats = repeats(conv.geometry().taps());
        if (layout == Layout.PREPACKED) {
            Tensor packed = packed(plain, x, repeats);
            return () -> padded(x, repeats, all -> torch.mkldnn_convolution(all, packed, bias, IN_SPACE, ONE, ONE, 1));
        }
        return () -> padded(x, repeats, all -> torch.conv3d(all, weight, bias, ONE, IN_SPACE, ONE, 1));
    }

    private static Tensor packed(Tensor weight, Tensor x, long repeats) {
        long[] sizes = {x.size(0), x.size(1), x.size(2) + repeats, x.size(3), x.size(4)};
        return torch.mkldnn_reorder_conv3d_weight(weight.to_mkldnn(), IN_SPACE, ONE, ONE, 1, sizes);
    }

    private interface Valid {
        Tensor of(Tensor x);
    }

    private static Tensor padded(Tensor x, long repeats, Valid convolution) {
        try (Tensor first = x.narrow(2, 0, 1);
                Tensor front = first.expand(x.size(0), x.size(1), repeats, x.size(3), x.size(4));
                TensorVector parts = new TensorVector(front, x);
                Tensor all = torch.cat(parts, 2)) {
            return convolution.of(all);
        }
    }

    /** How often the first frame stands in front. */
    private static long repeats(FrameTaps taps) {
        for (int t = 0; t < taps.outputs(); t++) {
            for (int k = 0; k < taps.kernel(); k++) {
                if (taps.source(t, k) != Math.max(0, t + k - taps.kernel() + 1)) {
                    throw new IllegalArgumentException("libtorch: convolution must be causal, got " + taps);
                }
            }
        }
        return taps.kernel() - 1;
    }

    static Tensor channelsLast(Tensor result) {
        return result.permute(0, 2, 3, 4, 1);
    }
}
