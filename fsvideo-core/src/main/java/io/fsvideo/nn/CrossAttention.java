package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.Arrays;

/**
 * {@code x + proj(attention(q(norm x), k(norm f), v(norm f)))}: every frame attends to the pixels of one feature map. FSVideo section
 * 2.2.
 */
public record CrossAttention(Linear q, Linear k, Linear v, Linear proj, Kind kind, int headDim, Norm norm, float eps) {
    /** How scores become weights. */
    public enum Kind {
        /** ReLU features, cost linear in the number of pixels. */
        LINEAR,
        /** Softmax of scores scaled by {@code 1 / sqrt(headDim)}. */
        SOFTMAX
    }

    /** Keys and values of one clip's feature map, {@code [batch, height * width, heads, headDim]} each. */
    public record KeysValues(Tensor k, Tensor v) {}

    /** Reads {@code q.conv}, {@code k.conv}, {@code v.conv} and {@code proj.conv}. */
    public static CrossAttention of(Weights w, long channels, Kind kind, int headDim, Norm norm, float eps) {
        return new CrossAttention(
                read(w.at("q"), channels),
                read(w.at("k"), channels),
                read(w.at("v"), channels),
                read(w.at("proj"), channels),
                kind,
                headDim,
                norm,
                eps);
    }

    private static Linear read(Weights w, long channels) {
        return Pointwise.withoutBias(w.at("conv"), channels, channels, TimeMode.none());
    }

    /** @param feature {@code [batch, 1, height, width, channels]} */
    public KeysValues keysValues(Arena a, Tensor feature) {
        try (Arena t = a.child("keysValues")) {
            Tensor normed = norm.forward(t, feature);
            return new KeysValues(heads(t.keep(k.forward(t, normed))), heads(t.keep(v.forward(t, normed))));
        }
    }

    /** {@code [batch, frames, height, width, channels]} to the same shape. */
    public Tensor forward(Arena a, Tensor x, KeysValues memory) {
        if (memory.k.dim(0) != x.dim(0) || memory.k.dim(1) != x.dim(2) * x.dim(3)) {
            throw new ShapeException("crossAttention: keys must be "
                    + Arrays.toString(new long[] {x.dim(0), x.dim(2) * x.dim(3), x.dim(4) / headDim, headDim})
                    + ", got "
                    + memory.k);
        }
        try (Arena t = a.child("crossAttention");
                Flow flow = new Flow(t, x)) {
            flow.then("norm", norm::forward).then("q", q::forward);
            flow.then(
                    "attention",
                    (s, h) -> attend(s, heads(h), memory).reshape(x.shape().toArray()));
            flow.then("proj", proj::forward);
            return t.keep(t.add(x, flow.value()));
        }
    }

    private Tensor attend(Arena a, Tensor queries, KeysValues memory) {
        return switch (kind) {
            case LINEAR -> a.linearAttention(queries, memory.k, memory.v, eps);
            case SOFTMAX -> a.attention(queries, memory.k, memory.v, null, null, (float) (1 / Math.sqrt(headDim)));
        };
    }

    private Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1) * x.dim(2) * x.dim(3), x.dim(4) / headDim, headDim);
    }
}
