package io.fsvideo.cpu;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

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
}
