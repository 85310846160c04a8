package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** {@code x += attention(x); x += local(x)}: EfficientViTBlock (mit-han-lab/efficientvit de7d773 ops.py). */
public record EVitBlock(LiteMla context, GluMbConv local) implements Layer {
    /** Reads {@code context_module.main} and {@code local_module.main}. */
    public static EVitBlock of(Weights w, long channels, EVitOptions options) {
        return new EVitBlock(
                LiteMla.of(w.at("context_module", "main"), channels, options),
                GluMbConv.of(w.at("local_module", "main"), channels, options));
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("evit");
                Flow flow = new Flow(t, x)) {
            flow.then("context", (s, v) -> attended(s, v)).then("local", (s, v) -> gated(s, v, chunk));
            return t.keep(flow.finish());
        }
    }

    private Tensor attended(Arena a, Tensor x) {
        try (Arena t = a.child("context")) {
            return t.keep(t.add(x, context.forward(t, x)));
        }
    }

    private Tensor gated(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("local")) {
            Tensor y = local.forward(t, x, chunk);
            return t.keep(t.add(chunk.delayed(t, this, x, y.dim(1)), y));
        }
    }
}
