package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** The two halves of an RMS norm whose rows are split over ranks; statistics in binary64. */
final class RowParts {
    private final Context context;

    RowParts(Context context) {
        this.context = context;
    }

    private static long rows(Tensor x) {
        return x.numel() / Math.max(1, x.dim(-1));
    }

    private static long grain(long dim) {
        return Math.max(1, Elementwise.TASK / Math.max(1, dim));
    }

    void sumOfSquares(Tensor out, Tensor x) {
        int dim = (int) x.dim(-1);
        context.workers().runRange(out.numel(), grain(dim), (worker, from, to) -> {
            float[] values = worker.staging().block(0, dim);
            float[] sums = worker.staging().block(1, (int) (to - from));
            for (long row = from; row < to; row++) {
                worker.staging()
                        .load(x.dtype(), x.address() + row * dim * x.dtype().bytes(), values, 0, dim);
                sums[(int) (row - from)] = (float) squares(values, dim);
            }
            worker.staging().store(DType.F32, sums, 0, (int) (to - from), out.address() + from * Float.BYTES);
        });
    }

    private static double squares(float[] values, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        int dim = (int) x.dim(-1);
        context.workers().runRange(rows(x), grain(dim), (worker, from, to) -> {
            Staging staging = worker.staging();
            float[] values = staging.block(0, dim);
            float[] sums = staging.block(1, (int) (to - from));
            float[] factors = staging.block(2, dim);
            staging.load(DType.F32, squares.address() + from * Float.BYTES, sums, 0, (int) (to - from));
            staging.load(DType.F32, weight.address(), factors, 0, dim);
            for (long row = from; row < to; row++) {
                float scale = (float) (1 / Math.sqrt((double) sums[(int) (row - from)] / width + eps));
                staging.load(x.dtype(), x.address() + row * dim * x.dtype().bytes(), values, 0, dim);
                for (int i = 0; i < dim; i++) {
                    values[i] *= scale * factors[i];
                }
                staging.store(
                        out.dtype(),
                        values,
                        0,
                        dim,
                        out.address() + row * dim * out.dtype().bytes());
            }
        });
    }
}
