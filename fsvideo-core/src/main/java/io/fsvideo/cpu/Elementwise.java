package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.PhiloxNormal;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Element by element operations in fixed chunks, and those along the last axis that need no statistics. */
final class Elementwise {
    static final long TASK = 1 << 16;

    private static final long FUNCTION_BLOCK = 1 << 14;

    private final Context context;

    Elementwise(Context context) {
        this.context = context;
    }

    private static long at(Tensor x, long element) {
        return x.address() + element * x.dtype().bytes();
    }

    /** Walks 0 .. count - 1 in tasks of {@link #TASK} and blocks of {@link Staging#BLOCK}. */
    private void blocks(long count, WorkerPool.RangeTask block) {
        context.workers().runRange(count, TASK, (worker, from, to) -> {
            for (long start = from; start < to; start += Staging.BLOCK) {
                block.run(worker, start, Math.min(to, start + Staging.BLOCK));
            }
        });
    }

    /** Makes some consecutive elements. */
    @FunctionalInterface
    interface Block {
        /** Sets the first {@code count} of {@code values} to the elements from {@code from} on. */
        void make(Worker worker, long from, float[] values, int count);
    }

    /** Makes {@code out} block by block in F32 and rounds each element once. */
    void make(Tensor out, Block block) {
        blocks(out.numel(), (worker, from, to) -> {
            int count = (int) (to - from);
            float[] values = worker.staging().block(0, Staging.BLOCK);
            block.make(worker, from, values, count);
            worker.staging().store(out.dtype(), values, 0, count, at(out, from));
        });
    }

    /** Sets the first {@code count} of {@code values} to {@code x}'s elements from {@code from} on. */
    static void load(Worker worker, Tensor x, long from, float[] values, int count) {
        worker.staging().load(x.dtype(), at(x, from), values, 0, count);
    }

    void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        make(out, (worker, from, sum, count) -> {
            float[] term = worker.staging().block(1, Staging.BLOCK);
            for (int t = 0; t < weights.length; t++) {
                float weight = weights[t];
                load(worker, terms.get(t), from, term, count);
                if (t == 0) {
                    for (int i = 0; i < count; i++) {
                        sum[i] = weight * term[i];
                    }
                } else {
                    for (int i = 0; i < count; i++) {
                        sum[i] += weight * term[i];
                    }
                }
            }
        });
    }

    void activation(Tensor out, Tensor x, Activation activation) {
        if (activation == Activation.NONE) {
            cast(out, x);
            return;
        }
        DType dtype = x.dtype() == out.dtype() ? context.elements(x.dtype()) : DType.F32;
        Primitive function = context.primitives().eltwise(Operand.dense(dtype, FUNCTION_BLOCK), activation);
        context.workers().runRange(out.numel(), TASK, (worker, from, to) -> {
            for (long start = from; start < to; start += FUNCTION_BLOCK) {
                activation(worker, out, x, dtype, function, start, (int) Math.min(FUNCTION_BLOCK, to - start));
            }
        });
    }

    /** @param dtype what the function, made for a whole block, reads and writes */
    private static void activation(
            Worker worker, Tensor out, Tensor x, DType dtype, Primitive function, long from, int count) {
        if (x.dtype() == dtype && count == FUNCTION_BLOCK) {
            worker.execute(function, at(x, from), at(out, from));
            return;
        }
        long block = worker.scratch(Worker.Scratch.MATHS, FUNCTION_BLOCK * Float.BYTES);
        worker.convert(x.dtype(), at(x, from), dtype, block, count);
        worker.zero(block + (long) count * dtype.bytes(), (FUNCTION_BLOCK - count) * dtype.bytes());
        worker.execute(function, block, block);
        worker.convert(dtype, block, out.dtype(), at(out, from), count);
    }

    private Primitive function(Activation activation) {
        return context.primitives().eltwise(Operand.dense(DType.F32, Staging.BLOCK), activation);
    }

    void gluSilu(Tensor out, Tensor x) {
        Primitive silu = function(Activation.SILU);
        int dim = (int) out.dim(-1);
        int rows = Math.max(1, Staging.BLOCK / Math.max(1, dim));
        int piece = Math.min(dim, Staging.BLOCK);
        long taskRows = Math.max(rows, TASK / Math.max(1, dim) / rows * rows);
        context.workers().runRange(dim == 0 ? 0 : out.numel() / dim, taskRows, (worker, from, to) -> {
            for (long row = from; row < to; row += rows) {
                int count = (int) Math.min(rows, to - row);
                for (int start = 0; start < dim; start += piece) {
                    gluSilu(worker, out, x, silu, row, count, start, Math.min(piece, dim - start));
                }
            }
        });
    }

    private static void gluSilu(
            Worker worker, Tensor out, Tensor x, Primitive silu, long row, int rows, int start, int width) {
        int dim = (int) out.dim(-1);
        float[] both = worker.staging().block(0, 2 * Staging.BLOCK);
        float[] gate = worker.staging().block(1, Staging.BLOCK);
        boolean whole = width == dim;
        if (whole) {
            worker.staging().load(x.dtype(), at(x, row * 2 * dim), both, 0, rows * 2 * dim);
        } else {
            worker.staging().load(x.dtype(), at(x, row * 2 * dim + start), both, 0, width);
            worker.staging().load(x.dtype(), at(x, row * 2 * dim + dim + start), both, width, width);
        }
        for (int r = 0; r < rows; r++) {
            System.arraycopy(both, r * 2 * width + width, gate, r * width, width);
        }
        long block = worker.scratch(Worker.Scratch.MATHS, Staging.BLOCK * Float.BYTES);
        Arrays.fill(gate, rows * width, Staging.BLOCK, 0);
        worker.staging().store(DType.F32, gate, 0, Staging.BLOCK, block);
        worker.execute(silu, block, block);
        worker.staging().load(DType.F32, block, gate, 0, rows * width);
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < width; i++) {
                gate[r * width + i] *= both[r * 2 * width + i];
            }
        }
        worker.staging().store(out.dtype(), gate, 0, rows * width, at(out, row * dim + start));
    }

    void softmax(Tensor out, Tensor x) {
        long dim = x.dim(-1);
        if (x.numel() == 0) {
            return;
        }
        long rows = x.numel() / dim;
        long block = Math.min(rows, Math.max(1, TASK / dim));
        Primitive whole = softmax(block, dim);
        Primitive rest = rows % block == 0 ? whole : softmax(rows % block, dim);
        context.workers().runRange(rows, block, (worker, from, to) -> {
            long count = (to - from) * dim;
            boolean direct = x.dtype() == DType.F32;
            long source = direct ? at(x, from * dim) : worker.scratch(Worker.Scratch.INPUT, count * Float.BYTES);
            long target = direct ? at(out, from * dim) : source;
            if (!direct) {
                worker.convert(x.dtype(), at(x, from * dim), DType.F32, source, count);
            }
            worker.execute(to - from == block ? whole : rest, source, target);
            if (!direct) {
                worker.convert(DType.F32, target, out.dtype(), at(out, from * dim), count);
            }
        });
    }

    private Primitive softmax(long rows, long dim) {
        Operand operand = Operand.dense(DType.F32, rows, dim);
        return context.primitives().softmax(operand, operand);
    }

    void cast(Tensor out, Tensor x) {
        context.workers()
                .runRange(
                        out.numel(),
                        TASK,
                        (worker, from, to) ->
                                worker.convert(x.dtype(), at(x, from), out.dtype(), at(out, from), to - from));
    }

    void fill(Tensor out, float value) {
        make(out, (worker, from, values, count) -> Arrays.fill(values, 0, count, value));
    }

    void noise(Tensor out, long seed, int stream) {
        make(out, (worker, from, values, count) -> PhiloxNormal.fill(values, 0, count, seed, stream, from));
    }

    /** Means of {@code n} consecutive elements. */
    void average(Tensor out, Tensor x) {
        int n = (int) (x.numel() / Math.max(1, out.numel()));
        blocks(out.numel(), (worker, from, to) -> {
            int count = (int) (to - from);
            float[] values = worker.staging().block(0, Staging.BLOCK * n);
            float[] means = worker.staging().block(1, Staging.BLOCK);
            worker.staging().load(x.dtype(), at(x, from * n), values, 0, count * n);
            for (int i = 0; i < count; i++) {
                double sum = 0;
                for (int j = i * n; j < (i + 1) * n; j++) {
                    sum += values[j];
                }
                means[i] = (float) (sum / n);
            }
            worker.staging().store(out.dtype(), means, 0, count, at(out, from));
        });
    }

    /** Every element {@code n} times. */
    void duplicate(Tensor out, Tensor x) {
        int n = (int) (out.numel() / Math.max(1, x.numel()));
        blocks(x.numel(), (worker, from, to) -> {
            int count = (int) (to - from);
            float[] values = worker.staging().block(0, Staging.BLOCK);
            float[] copies = worker.staging().block(1, Staging.BLOCK * n);
            worker.staging().load(x.dtype(), at(x, from), values, 0, count);
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < count; i++) {
                    copies[i * n + j] = values[i];
                }
            }
            worker.staging().store(out.dtype(), copies, 0, count * n, at(out, from * n));
        });
    }
}
