package io.fsvideo.cpu;

import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Softmax-weighted sums of states.
 *
 * @param logits {@code [batch, tokens, states]}
 * @param states each {@code [batch, tokens, dim]}
 */
record Mixture(Tensor logits, List<Tensor> states) {
    private static final int WEIGHTS = 3;
    private static final int STATE = 4;

    int count() {
        return states.size();
    }

    int dim() {
        return (int) states.get(0).dim(2);
    }

    /** Writes the mixture of token {@code token} of all batch entries to {@code sum} from {@code start}. Uses two blocks of staging. */
    void of(Worker worker, long token, float[] sum, int start) {
        int dim = dim();
        float[] weights = weights(worker, token);
        float[] state = worker.staging().block(STATE, dim);
        Arrays.fill(sum, start, start + dim, 0);
        for (int j = 0; j < count(); j++) {
            load(worker, states.get(j), token * dim, state, dim);
            float weight = weights[j];
            for (int i = 0; i < dim; i++) {
                sum[start + i] += weight * state[i];
            }
        }
    }

    private float[] weights(Worker worker, long token) {
        float[] weights = worker.staging().block(WEIGHTS, count());
        load(worker, logits, token * count(), weights, count());
        float most = weights[0];
        for (int j = 1; j < count(); j++) {
            most = Math.max(most, weights[j]);
        }
        double total = 0;
        for (int j = 0; j < count(); j++) {
            double value = Math.exp((double) weights[j] - most);
            weights[j] = (float) value;
            total += value;
        }
        for (int j = 0; j < count(); j++) {
            weights[j] = (float) (weights[j] / total);
        }
        return weights;
    }

    private static void load(Worker worker, Tensor source, long element, float[] target, int count) {
        long address = source.address() + element * source.dtype().bytes();
        worker.staging().load(source.dtype(), address, target, 0, count);
    }
}
