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
        long tokens = x.dim(1);
        int heads = (int) x.dim(2);
        int dim = (int) x.dim(3);
        int row = heads * dim;
        long grain = Math.max(1, Elementwise.TASK / Math.max(1, row));
        context.workers().runRange(x.dim(0) * tokens, grain, (worker, from, to) -> {
            float[] values = worker.staging().block(0, row);
            float[] turn = worker.staging().block(1, dim);
            for (long token = from; token < to; token++) {
                long angle = table.dim(0) == 1 ? token % tokens : token;
                worker.staging().load(DType.F32, table.address() + angle * dim * Float.BYTES, turn, 0, dim);
                worker.staging()
                        .load(x.dtype(), x.address() + token * row * x.dtype().bytes(), values, 0, row);
                for (int start = 0; start < row; start += dim) {
                    rotate(values, start, turn, dim);
                }
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

    private static void rotate(float[] values, int start, float[] turn, int dim) {
        for (int i = 0; i < dim; i += 2) {
            float a = values[start + i];
            float b = values[start + i + 1];
            values[start + i] = a * turn[i] - b * turn[i + 1];
            values[start + i + 1] = a * turn[i + 1] + b * turn[i];
        }
    }

    void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        int count = states.size();
        int dim = (int) out.dim(2);
        long grain = Math.max(1, Elementwise.TASK / Math.max(1, dim * (long) count));
        context.workers().runRange(out.dim(0) * out.dim(1), grain, (worker, from, to) -> {
            float[] weights = worker.staging().block(0, count);
            float[] state = worker.staging().block(1, dim);
            float[] sum = worker.staging().block(2, dim);
            for (long token = from; token < to; token++) {
                worker.staging()
                        .load(
                                logits.dtype(),
                                logits.address()
                                        + token * count * logits.dtype().bytes(),
                                weights,
                                0,
                                count);
                softmax(weights, count);
                Arrays.fill(sum, 0, dim, 0);
                for (int j = 0; j < count; j++) {
                    Tensor source = states.get(j);
                    worker.staging()
                            .load(
                                    source.dtype(),
                                    source.address()
                                            + token * dim * source.dtype().bytes(),
                                    state,
                                    0,
                                    dim);
                    float weight = weights[j];
                    for (int i = 0; i < dim; i++) {
                        sum[i] += weight * state[i];
                    }
                }
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

    private static void softmax(float[] logits, int count) {
        float most = logits[0];
        for (int j = 1; j < count; j++) {
            most = Math.max(most, logits[j]);
        }
        double total = 0;
        for (int j = 0; j < count; j++) {
            double value = Math.exp((double) logits[j] - most);
            logits[j] = (float) value;
            total += value;
        }
        for (int j = 0; j < count; j++) {
            logits[j] = (float) (logits[j] / total);
        }
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
}
