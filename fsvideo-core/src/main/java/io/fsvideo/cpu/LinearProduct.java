package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** {@code activation(x weight^T + bias)} in blocks of rows. */
final class LinearProduct {
    /** Fewer would read the weights, which no cache holds, too often. */
    private static final long LEAST_ROWS = 64;

    private static final long MOST_ROWS = 256;
    /** Blocks are as many as a multiple of this, so that usual numbers of threads have as much to do each. */
    private static final long SHARES = 8;

    private final Context context;
    private final Weights weights;

    LinearProduct(Context context, Weights weights) {
        this.context = context;
        this.weights = weights;
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        run(out, x, weight, bias, activation, null);
    }

    /** The product's blocks are summed into {@code out} while they are in the cache. */
    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, GatedSum sum) {
        run(out, x, weight, bias, Activation.NONE, sum);
    }

    private void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation, GatedSum sum) {
        if (out.numel() == 0) {
            return;
        }
        DType kernel = context.kernel(x.dtype(), weight.dtype());
        Weights.Ready ready = weights.ready(weight, kernel);
        try {
            blocks(out, x, ready, bias, activation, kernel, sum);
        } finally {
            weights.release(ready);
        }
    }

    private void blocks(
            Tensor out,
            Tensor x,
            Weights.Ready weight,
            Tensor bias,
            Activation activation,
            DType kernel,
            GatedSum sum) {
        long columns = weight.layout().dims().dim(1);
        long in = weight.layout().dims().dim(0);
        long rows = out.numel() / columns;
        long block = blockRows(rows);
        Primitive whole = product(block, weight.layout(), bias != null, activation);
        Primitive rest = rows % block == 0 ? whole : product(rows % block, weight.layout(), bias != null, activation);
        long biasAddress = bias == null ? 0 : bias.address();
        long xAddress = x.address();
        long outAddress = out.address();
        context.workers().runRange(rows, block, (worker, from, to) -> {
            long count = to - from;
            long source =
                    input(worker, x.dtype(), xAddress + from * in * x.dtype().bytes(), kernel, count * in);
            boolean direct = sum == null && out.dtype() == kernel;
            long end = outAddress + from * columns * out.dtype().bytes();
            long target = direct ? end : worker.scratch(Worker.Scratch.OUTPUT, count * columns * kernel.bytes());
            Primitive primitive = count == block ? whole : rest;
            if (biasAddress == 0) {
                worker.execute(primitive, source, weight.address(), target);
            } else {
                worker.execute(primitive, source, weight.address(), biasAddress, target);
            }
            if (sum != null) {
                sum.rows(worker, kernel, target, from, to);
            } else if (!direct) {
                worker.staging().convert(kernel, target, out.dtype(), end, count * columns);
            }
        });
    }

    /** The rows of each block but the last. */
    static long blockRows(long rows) {
        long blocks = ((rows + MOST_ROWS - 1) / MOST_ROWS + SHARES - 1) / SHARES * SHARES;
        blocks = Math.max(1, Math.min(blocks, rows / LEAST_ROWS));
        return (rows + blocks - 1) / blocks;
    }

    /** Where {@code count} elements at {@code address} can be read as {@code kernel}. */
    private static long input(Worker worker, DType dtype, long address, DType kernel, long count) {
        if (dtype == kernel) {
            return address;
        }
        long copy = worker.scratch(Worker.Scratch.INPUT, count * kernel.bytes());
        worker.staging().convert(dtype, address, kernel, copy, count);
        return copy;
    }

    private Primitive product(long rows, PackedWeight weight, boolean bias, Activation activation) {
        return context.primitives().matMul(matMul(rows, weight, bias, activation));
    }

    /** {@code [rows, in]} dense times {@code weight}, plus a bias or not. */
    static Primitives.MatMul matMul(long rows, PackedWeight weight, boolean bias, Activation activation) {
        long in = weight.dims().dim(0);
        long columns = weight.dims().dim(1);
        return new Primitives.MatMul(
                Operand.dense(weight.dtype(), rows, in),
                Operand.packed(weight),
                bias ? Primitives.biasOf(columns) : null,
                Operand.dense(weight.dtype(), rows, columns),
                1,
                null,
                activation);
    }
}
