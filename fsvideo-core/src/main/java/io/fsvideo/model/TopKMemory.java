package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * The dynamic router's sum over each token's {@code count} heaviest states only. The choice is made on the host, which waits for the
 * device once a layer: for research, not for speed.
 */
final class TopKMemory extends RouterMemory {
    /** Far below any logit: its softmax weight is exactly 0 in F32. */
    private static final float NEVER = -1e9f;

    private final int count;

    TopKMemory(Weights w, DitConfig config, int count) {
        super(w, config, config.numLayers());
        this.count = count;
    }

    @Override
    Tensor chosen(Arena t, Tensor logits) {
        int states = (int) logits.dim(2);
        if (count >= states) {
            return logits;
        }
        float[] values = logits.toFloats();
        for (int row = 0; row < values.length; row += states) {
            keepLargest(values, row, states);
        }
        return t.of("chosen", logits.dtype(), values, logits.shape().toArray());
    }

    /** Keeps the largest values; of equal ones the latest states stay. */
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
