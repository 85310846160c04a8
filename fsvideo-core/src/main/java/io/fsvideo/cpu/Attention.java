package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * Softmax attention. One task is one head of one batch entry and a range of queries: keys and values are packed once when several blocks
 * of queries use them, then every block makes its scores, their softmax (F32) and the weighted sum of values, all inside the cache.
 */
final class Attention {
    private static final long SCORE_BYTES = 1 << 20;
    private static final long MOST_QUERIES = 128;
    private static final long LEAST_QUERIES = 16;
    private static final long ENOUGH_TASKS = 16;

    private final Context context;

    Attention(Context context) {
        this.context = context;
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        if (out.numel() == 0) {
            return;
        }
        long batch = q.dim(0);
        long queries = q.dim(1);
        long heads = q.dim(2);
        long keys = k.dim(1);
        long block = blockQueries(queries, keys);
        long range = rangeQueries(queries, block, batch * heads);
        long ranges = (queries + range - 1) / range;
        Call call = new Call(out, q, k, v, bias, scale, block, context.kernel(q.dtype(), k.dtype()));
        Head[] entries = new Head[(int) batch];
        for (int b = 0; b < batch; b++) {
            entries[b] = head(call, keyLengths == null ? keys : keyLengths[b], range > block);
        }
        context.workers().run(batch * heads * ranges, (worker, task) -> {
            long b = task / ranges / heads;
            long from = task % ranges * range;
            entries[(int) b].run(worker, b, task / ranges % heads, from, Math.min(queries, from + range));
        });
    }

    /** Queries whose scores fit the second-level cache. */
    private static long blockQueries(long queries, long keys) {
        long fitting = SCORE_BYTES / Float.BYTES / keys / LEAST_QUERIES * LEAST_QUERIES;
        return Math.min(queries, Math.max(LEAST_QUERIES, Math.min(MOST_QUERIES, fitting)));
    }

    /** Queries of a task: all of a head's when there are many heads, at least one block. */
    private static long rangeQueries(long queries, long block, long heads) {
        long ranges = Math.min((queries + block - 1) / block, (ENOUGH_TASKS + heads - 1) / heads);
        long range = (queries + ranges - 1) / ranges;
        return (range + block - 1) / block * block;
    }

    private Head head(Call call, long keys, boolean pack) {
        DType kernel = call.kernel;
        long dim = call.q.dim(3);
        boolean direct = call.q.dtype() == kernel;
        long step = direct ? call.q.dim(2) * dim : dim;
        PackedWeight packedKeys = pack ? context.packed().of(Layout.LINEAR, kernel, Shape.of(keys, dim)) : null;
        PackedWeight packedValues = pack ? context.packed().of(Layout.LINEAR, kernel, Shape.of(dim, keys)) : null;
        Operand keysOperand = Operand.strided(kernel, new long[] {dim, keys}, 1, step);
        Operand valuesOperand = Operand.strided(kernel, new long[] {keys, dim}, step, 1);
        long rest = call.q.dim(1) % call.block;
        Operand keysUsed = pack ? Operand.packed(packedKeys) : keysOperand;
        Operand valuesUsed = pack ? Operand.packed(packedValues) : valuesOperand;
        return new Head(
                call,
                keys,
                packedKeys,
                packedValues,
                pack ? context.primitives().reorder(keysOperand, keysUsed) : null,
                pack ? context.primitives().reorder(valuesOperand, valuesUsed) : null,
                block(call, call.block, keys, step, keysUsed, valuesUsed),
                rest == 0 ? null : block(call, rest, keys, step, keysUsed, valuesUsed));
    }

    private Block block(Call call, long rows, long keys, long step, Operand keysOperand, Operand valuesOperand) {
        long dim = call.q.dim(3);
        Operand scores = Operand.dense(DType.F32, rows, keys);
        Operand probabilities = Operand.dense(call.kernel, rows, keys);
        Operand bias =
                call.bias == null ? null : Operand.strided(DType.F32, new long[] {rows, keys}, call.bias.dim(2), 1);
        Operand query = Operand.strided(call.kernel, new long[] {rows, dim}, step, 1);
        Primitives primitives = context.primitives();
        return new Block(
                primitives.matMul(
                        new Primitives.MatMul(query, keysOperand, null, scores, call.scale, bias, Activation.NONE)),
                primitives.softmax(scores, probabilities),
                primitives.matMul(
                        new Primitives.MatMul(probabilities, valuesOperand, null, query, 1, null, Activation.NONE)));
    }

    /** The arguments of one operation. */
    private record Call(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, float scale, long block, DType kernel) {
        long offset(Tensor x, long batch, long token, long head) {
            return x.address()
                    + ((batch * x.dim(1) + token) * x.dim(2) + head)
                            * x.dim(3)
                            * x.dtype().bytes();
        }
    }

    /** The three steps for a number of queries. */
    private record Block(Primitive scores, Primitive softmax, Primitive sum) {}

    /** Everything compiled for one number of keys; packed layouts and their copies are null when keys and values are used as they lie. */
    private record Head(
            Call call,
            long keys,
            PackedWeight packedKeys,
            PackedWeight packedValues,
            Primitive packKeys,
            Primitive packValues,
            Block whole,
            Block rest) {

        void run(Worker worker, long batch, long head, long from, long to) {
            long k = input(worker, call.k, batch, head, 0, keys, Worker.Scratch.KEYS);
            long v = input(worker, call.v, batch, head, 0, keys, Worker.Scratch.VALUES);
            if (packKeys != null) {
                k = packed(worker, packKeys, k, worker.scratch(Worker.Scratch.PACKED_KEYS, packedKeys.bytes()));
                v = packed(worker, packValues, v, worker.scratch(Worker.Scratch.PACKED_VALUES, packedValues.bytes()));
            }
            for (long first = from; first < to; first += call.block) {
                queries(worker, batch, head, first, Math.min(call.block, to - first), k, v);
            }
        }

        private static long packed(Worker worker, Primitive pack, long source, long target) {
            worker.execute(pack, source, target);
            return target;
        }

        private void queries(Worker worker, long batch, long head, long first, long count, long k, long v) {
            Block block = count == call.block ? whole : rest;
            long q = input(worker, call.q, batch, head, first, count, Worker.Scratch.INPUT);
            long scores = worker.scratch(Worker.Scratch.SCORES, count * keys * Float.BYTES);
            if (call.bias == null) {
                worker.execute(block.scores, q, k, scores);
            } else {
                long bias = call.bias.address() + (head * call.bias.dim(1) + first) * call.bias.dim(2) * Float.BYTES;
                worker.execute(block.scores, q, k, scores, bias);
            }
            boolean inPlace = call.kernel == DType.F32;
            long probabilities =
                    inPlace ? scores : worker.scratch(Worker.Scratch.PROBABILITIES, count * keys * call.kernel.bytes());
            worker.execute(block.softmax, scores, probabilities);
            if (call.out.dtype() == call.kernel) {
                worker.execute(block.sum, probabilities, v, call.offset(call.out, batch, first, head));
            } else {
                long dim = call.q.dim(3);
                long sum = worker.scratch(Worker.Scratch.OUTPUT, count * dim * call.kernel.bytes());
                worker.execute(block.sum, probabilities, v, sum);
                for (long i = 0; i < count; i++) {
                    worker.convert(
                            call.kernel,
                            sum + i * dim * call.kernel.bytes(),
                            call.out.dtype(),
                            call.offset(call.out, batch, first + i, head),
                            dim);
                }
            }
        }

        /** One head's rows, in place or converted to dense rows of the kernel's dtype. */
        private long input(
                Worker worker, Tensor x, long batch, long head, long first, long count, Worker.Scratch purpose) {
            if (x.dtype() == call.kernel) {
                return call.offset(x, batch, first, head);
            }
            long dim = x.dim(3);
            long copy = worker.scratch(purpose, count * dim * call.kernel.bytes());
            for (long i = 0; i < count; i++) {
                worker.convert(
                        x.dtype(),
                        call.offset(x, batch, first + i, head),
                        call.kernel,
                        copy + i * dim * call.kernel.bytes(),
                        dim);
            }
            return copy;
        }
    }
}
