package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Softmax attention. One task is one head of one batch entry and a range of queries: keys and values are packed once when several blocks
 * of queries use them, then every block makes its scores, their softmax (F32) and the weighted sum of values, all inside the cache.
 */
final class Attention {
    private static final long SCORE_BYTES = 1 << 20;
    private static final long MOST_QUERIES = 128;
    private static final long LEAST_QUERIES = 16;
    private static final long ENOUGH_TASKS = 16;
    /** Values added in one go: a running sum of the equal rows of a padded text drifts by as many roundings as it has terms. */
    private static final long SUMMED_KEYS = 128;

    private static final long ALIGNMENT = 64;

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
        Operand keysOperand = Operand.strided(kernel, new long[] {dim, keys}, 1, step);
        List<Span> spans = spans(kernel, keys, dim, step, pack);
        long rest = call.q.dim(1) % call.block;
        Operand keysUsed = pack ? Operand.packed(packedKeys) : keysOperand;
        return new Head(
                call,
                keys,
                packedKeys,
                spans,
                pack ? context.primitives().reorder(keysOperand, keysUsed) : null,
                block(call, call.block, keys, step, keysUsed, spans),
                rest == 0 ? null : block(call, rest, keys, step, keysUsed, spans));
    }

    /** The keys in runs of {@link #SUMMED_KEYS}; in one where the sums of runs would be rounded to a narrow type. */
    private List<Span> spans(DType kernel, long keys, long dim, long step, boolean pack) {
        List<Span> spans = new ArrayList<>();
        long most = kernel == DType.F32 ? SUMMED_KEYS : keys;
        long target = 0;
        for (long first = 0; first < keys; first += most) {
            long count = Math.min(most, keys - first);
            long source = first * step * kernel.bytes();
            Operand strided = Operand.strided(kernel, new long[] {count, dim}, step, 1);
            if (pack) {
                PackedWeight packed = context.packed().of(Layout.LINEAR, kernel, Shape.of(dim, count));
                Operand used = Operand.packed(packed);
                spans.add(new Span(
                        first, source, target, used, context.primitives().reorder(strided, used), packed.bytes()));
                target += (packed.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            } else {
                spans.add(new Span(first, source, source, strided, null, 0));
            }
        }
        return spans;
    }

    private Block block(Call call, long rows, long keys, long step, Operand keysOperand, List<Span> spans) {
        long dim = call.q.dim(3);
        Operand scores = Operand.dense(DType.F32, rows, keys);
        Operand probabilities = Operand.dense(call.kernel, rows, keys);
        Operand bias =
                call.bias == null ? null : Operand.strided(DType.F32, new long[] {rows, keys}, call.bias.dim(2), 1);
        Operand query = Operand.strided(call.kernel, new long[] {rows, dim}, step, 1);
        Primitives primitives = context.primitives();
        List<Primitive> sums = new ArrayList<>();
        for (Span span : spans) {
            Operand some = Operand.strided(
                    call.kernel, new long[] {rows, span.values.dims().dim(0)}, keys, 1);
            sums.add(
                    span.first > 0
                            ? primitives.addMatMul(some, span.values, query)
                            : primitives.matMul(
                                    new Primitives.MatMul(some, span.values, null, query, 1, null, Activation.NONE)));
        }
        return new Block(
                primitives.matMul(
                        new Primitives.MatMul(query, keysOperand, null, scores, call.scale, bias, Activation.NONE)),
                primitives.softmax(scores, probabilities),
                sums);
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

    /**
     * Values that are weighted and added together.
     *
     * @param first key
     * @param source bytes from the first key's value to this span's first
     * @param target bytes from where products read the first key's value to where they read this span's
     * @param pack null when values are used as they lie
     * @param bytes of the packed copy
     */
    private record Span(long first, long source, long target, Operand values, Primitive pack, long bytes) {}

    /** The three steps for a number of queries; the last is one product per span of keys. */
    private record Block(Primitive scores, Primitive softmax, List<Primitive> sums) {}

    /** Everything compiled for one number of keys; packed layouts and their copies are null when keys and values are used as they lie. */
    private record Head(
            Call call,
            long keys,
            PackedWeight packedKeys,
            List<Span> spans,
            Primitive packKeys,
            Block whole,
            Block rest) {

        void run(Worker worker, long batch, long head, long from, long to) {
            long k = input(worker, call.k, batch, head, 0, keys, Worker.Scratch.KEYS);
            long v = input(worker, call.v, batch, head, 0, keys, Worker.Scratch.VALUES);
            if (packKeys != null) {
                k = packed(worker, packKeys, k, worker.scratch(Worker.Scratch.PACKED_KEYS, packedKeys.bytes()));
                v = packedValues(worker, v);
            }
            for (long first = from; first < to; first += call.block) {
                queries(worker, batch, head, first, Math.min(call.block, to - first), k, v);
            }
        }

        private static long packed(Worker worker, Primitive pack, long source, long target) {
            worker.execute(pack, source, target);
            return target;
        }

        private long packedValues(Worker worker, long values) {
            Span last = spans.get(spans.size() - 1);
            long packed = worker.scratch(Worker.Scratch.PACKED_VALUES, last.target + last.bytes);
            spans.forEach(span -> packed(worker, span.pack, values + span.source, packed + span.target));
            return packed;
        }

        /** Writes the values' sum weighted by {@code probabilities} to {@code target}. */
        private void sum(Worker worker, Block block, long probabilities, long values, long target) {
            for (int i = 0; i < spans.size(); i++) {
                Span span = spans.get(i);
                long weights = probabilities + span.first * call.kernel.bytes();
                worker.execute(block.sums.get(i), weights, values + span.target, target);
            }
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
                sum(worker, block, probabilities, v, call.offset(call.out, batch, first, head));
            } else {
                long dim = call.q.dim(3);
                long sum = worker.scratch(Worker.Scratch.OUTPUT, count * dim * call.kernel.bytes());
                sum(worker, block, probabilities, v, sum);
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
