package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/**
 * ReLU linear attention over the pixels of each frame, with a second set of heads over locally aggregated tokens (EfficientViT's
 * LiteMLA, mit-han-lab/efficientvit de7d773 ops.py). Channels are {@code [q | k | v]} per head.
 *
 * @param aggregate per-channel convolution before {@code mix}, or null for a single set of heads
 * @param mix per-head convolution of one pixel, or null
 */
public record LiteMla(Linear qkv, Conv3d aggregate, Conv3d mix, Linear proj, Norm norm, int headDim, float eps) {
    /** Reads {@code qkv.conv}, {@code aggreg.0.0}, {@code aggreg.0.1} and {@code proj.conv} with its norm. */
    public static LiteMla of(Weights w, long channels, EVitOptions options) {
        TimeMode time = options.time().perFrame();
        long heads = channels / options.headDim();
        int side = options.aggregationKernel();
        Conv3d aggregate = null;
        Conv3d mix = null;
        Linear qkv = Pointwise.withoutBias(w.at("qkv", "conv"), channels, 3 * channels, time);
        if (side > 0) {
            Weights scale = w.at("aggreg", 0);
            aggregate =
                    Conv3d.of(scale.at(0), Kernel.depthwise(3 * channels, side).withoutBias(), time);
            Kernel perHead =
                    Kernel.of(3 * channels, 3 * channels, 1).inGroups(3 * heads).withoutBias();
            mix = Conv3d.of(scale.at(1), perHead, time);
        }
        long scales = side > 0 ? 2 : 1;
        Linear proj = Pointwise.withoutBias(w.at("proj", "conv"), scales * channels, channels, time);
        Norm norm = options.norm().of(w.at("proj"), channels);
        return new LiteMla(qkv, aggregate, mix, proj, norm, options.headDim(), options.attentionEps());
    }

    /** {@code [batch, frames, height, width, channels]} to the same shape. */
    public Tensor forward(Arena a, Tensor x) {
        try (Arena t = a.child("liteMla");
                Flow out = new Flow(t, x)) {
            out.then("attention", this::attention);
            out.then("proj", proj::forward).then("norm", norm::forward);
            return t.keep(out.finish());
        }
    }

    private Tensor attention(Arena a, Tensor x) {
        try (Arena t = a.child("heads");
                Flow tokens = new Flow(t, x)) {
            tokens.then("qkv", qkv::forward);
            Tensor own = attend(t, tokens.value());
            if (aggregate == null) {
                return t.keep(own);
            }
            tokens.then("aggregate", (s, v) -> aggregate.forward(s, v, Chunk.whole()));
            tokens.then("mix", (s, v) -> mix.forward(s, v, Chunk.whole()));
            return t.keep(t.concat(-1, List.of(own, attend(t, tokens.value()))));
        }
    }

    private Tensor attend(Arena a, Tensor qkv) {
        long channels = qkv.dim(4) / 3;
        long heads = channels / headDim;
        try (Arena t = a.child("attend")) {
            Tensor rows = qkv.reshape(qkv.dim(0) * qkv.dim(1), qkv.dim(2) * qkv.dim(3), heads, 3L * headDim);
            Tensor q = t.slice(rows, 3, 0, headDim);
            Tensor k = t.slice(rows, 3, headDim, 2L * headDim);
            Tensor v = t.slice(rows, 3, 2L * headDim, 3L * headDim);
            Tensor out = t.keep(t.linearAttention(q, k, v, eps));
            return out.reshape(qkv.dim(0), qkv.dim(1), qkv.dim(2), qkv.dim(3), channels);
        }
    }
}
