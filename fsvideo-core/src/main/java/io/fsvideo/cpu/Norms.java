package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** Normalisations over the last axis: rows are staged through heap blocks, statistics are pairwise sums. */
final class Norms {
    private static final long TASK_ELEMENTS = 1 << 16;
    private static final int BLOCK_ELEMENTS = 1 << 13;

    /** Makes one row: statistics, then {@code y = (x - mean) inverse weight + bias}. */
    private interface Row {
        void run(Sums sums, float[] x, float[] y, int offset);
    }

    /** Affine part of one row; an absent array is null. */
    private record Affine(float[] weight, float[] bias) {}

    private final Context context;

    Norms(Context context) {
        this.context = context;
    }

    void rms(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        int dim = (int) x.dim(-1);
        Affine affine = new Affine(floats(weight, 0, dim), floats(bias, 0, dim));
        rows(
                out,
                x,
                0,
                x.numel() / Math.max(1, dim),
                (sums, a, y, offset) -> rms(sums, a, y, offset, dim, affine, eps));
    }

    void layer(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        int dim = (int) x.dim(-1);
        Affine affine = new Affine(floats(weight, 0, dim), floats(bias, 0, dim));
        rows(
                out,
                x,
                0,
                x.numel() / Math.max(1, dim),
                (sums, a, y, offset) -> layer(sums, a, y, offset, dim, affine, eps));
    }

    void modulated(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        int dim = (int) x.dim(2);
        for (long b = 0; b < x.dim(0); b++) {
            float[] weight = floats(scale, b, dim);
            for (int i = 0; i < dim; i++) {
                weight[i] += 1;
            }
            Affine affine = new Affine(weight, floats(shift, b, dim));
            rows(
                    out,
                    x,
                    b * x.dim(1),
                    (b + 1) * x.dim(1),
                    (sums, a, y, offset) -> layer(sums, a, y, offset, dim, affine, eps));
        }
    }

    /** {@code out = x + gate y}. */
    void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        int dim = (int) x.dim(2);
        for (long b = 0; b < x.dim(0); b++) {
            float[] factor = floats(gate, b, dim);
            long first = b * x.dim(1);
            context.workers().runRange(x.dim(1), taskRows(dim), (worker, from, to) -> {
                float[] values = worker.staging().block(0, dim);
                float[] added = worker.staging().block(1, dim);
                for (long row = first + from; row < first + to; row++) {
                    long offset = row * dim;
                    worker.staging()
                            .load(x.dtype(), x.address() + offset * x.dtype().bytes(), values, 0, dim);
                    worker.staging()
                            .load(y.dtype(), y.address() + offset * y.dtype().bytes(), added, 0, dim);
                    for (int i = 0; i < dim; i++) {
                        values[i] += factor[i] * added[i];
                    }
                    worker.staging()
                            .store(
                                    out.dtype(),
                                    values,
                                    0,
                                    dim,
                                    out.address() + offset * out.dtype().bytes());
                }
            });
        }
    }

    private float[] floats(Tensor tensor, long row, int dim) {
        if (tensor == null) {
            return null;
        }
        float[] values = new float[dim];
        context.caller().staging().load(DType.F32, tensor.address() + row * dim * Float.BYTES, values, 0, dim);
        return values;
    }

    private static long taskRows(int dim) {
        return Math.max(1, TASK_ELEMENTS / Math.max(1, dim));
    }

    private void rows(Tensor out, Tensor x, long first, long end, Row row) {
        int dim = (int) x.dim(-1);
        if (dim == 0) {
            return;
        }
        int blockRows = Math.max(1, BLOCK_ELEMENTS / dim);
        long xAddress = x.address();
        long outAddress = out.address();
        context.workers().runRange(end - first, taskRows(dim), (worker, from, to) -> {
            float[] values = worker.staging().block(0, blockRows * dim);
            float[] results = worker.staging().block(1, blockRows * dim);
            for (long r = first + from; r < first + to; r += blockRows) {
                int count = (int) Math.min(blockRows, first + to - r);
                worker.staging().load(x.dtype(), xAddress + r * dim * x.dtype().bytes(), values, 0, count * dim);
                for (int i = 0; i < count; i++) {
                    row.run(worker.sums(), values, results, i * dim);
                }
                worker.staging()
                        .store(
                                out.dtype(),
                                results,
                                0,
                                count * dim,
                                outAddress + r * dim * out.dtype().bytes());
            }
        });
    }

    private static void rms(Sums sums, float[] x, float[] y, int offset, int dim, Affine affine, float eps) {
        float inverse = (float) (1 / Math.sqrt(sums.squares(x, offset, dim) / dim + eps));
        for (int i = 0; i < dim; i++) {
            y[offset + i] = x[offset + i] * inverse;
        }
        apply(affine, y, offset, dim);
    }

    private static void layer(Sums sums, float[] x, float[] y, int offset, int dim, Affine affine, float eps) {
        // Two floats hold the mean, so a row far from zero loses nothing in x - mean.
        double mean = sums.sum(x, offset, dim) / dim;
        float high = (float) mean;
        float low = (float) (mean - high);
        for (int i = 0; i < dim; i++) {
            y[offset + i] = x[offset + i] - high - low;
        }
        float inverse = (float) (1 / Math.sqrt(sums.squares(y, offset, dim) / dim + eps));
        for (int i = 0; i < dim; i++) {
            y[offset + i] *= inverse;
        }
        apply(affine, y, offset, dim);
    }

    private static void apply(Affine affine, float[] y, int offset, int dim) {
        float[] weight = affine.weight;
        float[] bias = affine.bias;
        if (weight != null) {
            for (int i = 0; i < dim; i++) {
                y[offset + i] *= weight[i];
            }
        }
        if (bias != null) {
            for (int i = 0; i < dim; i++) {
                y[offset + i] += bias[i];
            }
        }
    }
}
