package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Launches {@code layer_mix.cu}: one block a token. */
final class LayerMix {
    private static final int MOST_STATES = 64;
    private static final int MOST_THREADS = 256;
    private static final int WARP = 32;
    private static final int GROUP = 8;

    private final TypedLaunch entries;

    LayerMix(Device device) {
        entries = device.kernels().typed("layer_mix");
    }

    void run(Tensor out, Tensor logits, List<Tensor> states) {
        Contract.aligned("layerMix", "out", out);
        Contract.aligned("layerMix", "logits", logits);
        Contract.rule(!states.isEmpty() && states.size() <= MOST_STATES, "layerMix", "states", "1..64", states.size());
        for (Tensor state : states) {
            Contract.aligned("layerMix", "states", state);
            if (!state.shape().equals(out.shape()) || state.dtype() != out.dtype()) {
                throw Contract.broken("layerMix", "states", "like " + out, state);
            }
        }
        long dim = out.dim(-1);
        long tokens = out.numel() / dim;
        if (logits.numel() != tokens * states.size()) {
            throw Contract.broken("layerMix", "logits", "[" + tokens + " tokens, " + states.size() + "]", logits);
        }
        entries.begin(out)
                .grid(tokens)
                .block(threads(dim))
                .pointer(out)
                .pointer(logits)
                .pointers(states)
                .int32(logits.dtype().bytes())
                .int32(states.size())
                .int32(dim)
                .run();
    }

    /** Threads that read a row at once, eight elements each. */
    private static int threads(long dim) {
        long warps = (dim + WARP * GROUP - 1) / (WARP * GROUP);
        return (int) Math.min(MOST_THREADS, warps * WARP);
    }
}
