package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/**
 * {@code out = x + gate y} row by row, so that {@code y} may be a block of rows still in the cache.
 *
 * @param out {@code [batch, tokens, dim]}
 * @param x as {@code out}
 * @param gate {@code [batch, dim]} F32, or null for 1
 */
record GatedSum(Tensor out, Tensor x, Tensor gate) {
    /** Rows {@code from} to {@code to - 1}; the first of {@code y} is at {@code y}. */
    void rows(Worker worker, DType dtype, long y, long from, long to) {
        int dim = (int) x.dim(2);
        Staging staging = worker.staging();
        float[] values = staging.block(0, dim);
        float[] added = staging.block(1, dim);
        float[] factor = staging.block(2, dim);
        Arrays.fill(factor, 0, dim, 1);
        long loaded = -1;
        for (long row = from; row < to; row++) {
            long batch = row / x.dim(1);
            if (gate != null && batch != loaded) {
                staging.load(DType.F32, gate.address() + batch * dim * Float.BYTES, factor, 0, dim);
                loaded = batch;
            }
            staging.load(x.dtype(), at(x, row * dim), values, 0, dim);
            staging.load(dtype, y + (row - from) * dim * dtype.bytes(), added, 0, dim);
            for (int i = 0; i < dim; i++) {
                values[i] += factor[i] * added[i];
            }
            staging.store(out.dtype(), values, 0, dim, at(out, row * dim));
        }
    }

    private static long at(Tensor tensor, long element) {
        return tensor.address() + element * tensor.dtype().bytes();
    }
}
