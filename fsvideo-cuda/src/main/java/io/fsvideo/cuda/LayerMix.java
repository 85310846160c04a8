package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Launches {@code layer_mix.cu}: one block a token. */
final class LayerMix {
    private static final int MOST_STATES = 64;
    private static final int BLOCK = 256;

    private final TypedLaunch entries;

    LayerMix(Device device) {
        entries = device.kernels().typed("layer_mix");
    }

    void run(Tensor out, Tensor logits, List<Tensor> states) {
        check("layerMix", logits, states);
        Contract.aligned("layerMix", "out", out);
        Tensor first = states.get(0);
        Contract.rule(
                first.shape().equals(out.shape()) && first.dtype() == out.dtype(),
                "layerMix",
                "states",
                "shaped as the result",
                first);
        long dim = out.dim(-1);
        entries.begin(out)
                .grid(out.numel() / dim)
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(logits)
                .pointers(states)
                .int32(logits.dtype().bytes())
                .int32(states.size())
                .int32(dim)
                .run();
    }

    /** At most 64 states, all alike, with a logit for each and token. */
    static void check(String op, Tensor logits, List<Tensor> states) {
        Contract.aligned(op, "logits", logits);
        Contract.rule(!states.isEmpty() && states.size() <= MOST_STATES, op, "states", "1..64", states.size());
        Tensor first = states.get(0);
        for (Tensor state : states) {
            Contract.aligned(op, "states", state);
            if (!state.shape().equals(first.shape()) || state.dtype() != first.dtype()) {
                throw Contract.broken(op, "states", "like " + first, state);
            }
        }
        long tokens = first.numel() / first.dim(-1);
        if (logits.numel() != tokens * states.size()) {
            throw Contract.broken(op, "logits", "[" + tokens + " tokens, " + states.size() + "]", logits);
        }
    }
}
