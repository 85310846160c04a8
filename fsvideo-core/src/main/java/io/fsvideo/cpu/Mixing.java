package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Operations of tokens: rotary embedding, layer memory's mix, table look-up. */
final class Mixing {
    private final Context context;

    Mixing(Context context) {
        this.context = context;
    }

    void rope(Tensor out, Tensor x, Tensor table) {
        Rotation rotation = new Rotation(x, table);
        int row = rotation.width();
        long grain = Math.max(1, Elementwise.TASK / Math.max(1, row));
        context.workers().runRange(x.dim(0) * x.dim(1), grain, (worker, from, to) -> {
            float[] values = worker.staging().block(0, row);
            for (long token = from; token < to; token++) {
                worker.staging()
                        .load(x.dtype(), x.address() + token * row * x.dtype().bytes(), values, 0, row);
                rotation.turn(worker, token, values, 0);
                worker.staging()
                        .store(
                                out.dtype(),
                                values,
                                0,
                                row,
                                out.address() + token * row * out.dtype().bytes());
            }
        });
    }

    void layerMix(Tensor out, Mixture mixture) {
        int dim = mixture.dim();
        long grain = Math.max(1, Elementwise.TASK / Math.max(1, (long) dim * mixture.count()));
        context.workers().runRange(out.dim(0) * out.dim(1), grain, (worker, from, to) -> {
            float[] sum = worker.staging().block(0, dim);
            for (long token = from; token < to; token++) {
                mixture.of(worker, token, sum, 0);
                worker.staging()
                        .store(
                                out.dtype(),
                                sum,
                                0,
                                dim,
                                out.address() + token * dim * out.dtype().bytes());
            }
        });
    }

    void embedding(Tensor out, Tensor ids, Tensor table) {
        long bytes = table.dim(1) * table.dtype().bytes();
        context.workers().runRange(ids.numel(), Staging.BLOCK, (worker, from, to) -> {
            int[] rows = worker.staging().loadInts(ids.address() + from * Integer.BYTES, (int) (to - from));
            for (int i = 0; i < to - from; i++) {
                if (rows[i] < 0 || rows[i] >= table.dim(0)) {
                    throw new ShapeException("embedding: ids must be within 0.." + (table.dim(0) - 1) + " for " + table
                            + ", got " + rows[i] + " in " + ids);
                }
                worker.copy(out.address() + (from + i) * bytes, table.address() + rows[i] * bytes, bytes);
            }
        });
    }

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

    /**
     * Rotary position embedding of a token's heads.
     *
     * @param x {@code [batch, tokens, heads, headDim]}, for its shape
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32
     */
    record Rotation(Tensor x, Tensor table) {
        private static final int SLOT = 3;

        /** Values of a token. */
        int width() {
            return (int) (x.dim(2) * x.dim(3));
        }

        /** Turns the pairs of token {@code token} of all batch entries, whose values start at {@code start}. Uses one block of staging. */
        void turn(Worker worker, long token, float[] values, int start) {
            int dim = (int) x.dim(3);
            float[] turns = worker.staging().block(SLOT, dim);
            long row = table.dim(0) == 1 ? token % x.dim(1) : token;
            worker.staging().load(DType.F32, table.address() + row * dim * Float.BYTES, turns, 0, dim);
            for (int head = start; head < start + width(); head += dim) {
                turnHead(values, head, turns, dim);
            }
        }

        private static void turnHead(float[] values, int start, float[] turns, int dim) {
            for (int i = 0; i < dim; i += 2) {
                float a = values[start + i];
                float b = values[start + i + 1];
                values[start + i] = a * turns[i] - b * turns[i + 1];
                values[start + i + 1] = a * turns[i + 1] + b * turns[i];
            }
        }
    }
}
