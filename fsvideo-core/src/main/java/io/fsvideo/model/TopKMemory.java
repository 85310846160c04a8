package io.fsvideo.model;

import io.fsvideo.nn.Linear;
import io.fsvideo.nn.ModulatedNorm;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The dynamic router's sum over each token's {@code count} heaviest states only. The choice is made on the host, which waits for the
 * device once a layer: for research, not for speed.
 */
final class TopKMemory implements LayerMemory {
    /** Far below any logit: its softmax weight is exactly 0 in F32. */
    private static final float NEVER = -1e9f;

    private final int count;
    private final List<Linear> routers = new ArrayList<>();

    TopKMemory(Weights w, DitConfig config, int count) {
        this.count = count;
        for (int layer = 2; layer <= config.numLayers(); layer++) {
            routers.add(Linear.of(w.at("blocks", layer - 1, "self_attn", "router"), config.dim(), layer));
        }
    }

    @Override
    public int reach(int layer) {
        return layer;
    }

    @Override
    public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
        if (layer == 1) {
            return history.get(0);
        }
        try (Arena t = a.child("memory")) {
            return t.keep(t.layerMix(logits(t, layer, input), history));
        }
    }

    /** Mixture and norm in one pass, as {@link RouterMemory} does it. */
    @Override
    public Tensor readNormed(Arena a, int layer, Tensor input, List<Tensor> history, ModulatedNorm norm) {
        if (layer == 1) {
            return input;
        }
        try (Arena t = a.child("memory")) {
            return t.keep(norm.ofMixture(t, logits(t, layer, input), history));
        }
    }

    /** {@code [batch, tokens, states]}. */
    private Tensor logits(Arena t, int layer, Tensor input) {
        Tensor logits = routers.get(layer - 2).forward(t, input);
        return count >= layer ? logits : chosen(t, logits);
    }

    private Tensor chosen(Arena t, Tensor logits) {
        float[] values = logits.toFloats();
        int states = (int) logits.dim(2);
        for (int row = 0; row < values.length; row += states) {
            keepLargest(values, row, states);
        }
        return t.of("chosen", logits.dtype(), values, logits.shape().toArray());
    }

    /** Of equal ones the latest states stay. */
    private void keepLargest(float[] values, int row, int states) {
        boolean[] kept = new boolean[states];
        for (int i = 0; i < count; i++) {
            int best = -1;
            for (int s = states - 1; s >= 0; s--) {
                if (!kept[s] && (best < 0 || values[row + s] > values[row + best])) {
                    best = s;
                }
            }
            kept[best] = true;
        }
        for (int s = 0; s < states; s++) {
            values[row + s] = kept[s] ? values[row + s] : NEVER;
        }
    }
}
