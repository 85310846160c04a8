package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

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
