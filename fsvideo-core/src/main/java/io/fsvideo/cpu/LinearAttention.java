package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/**
 * ReLU linear attention in F32. First, ranges of keys each add up {@code relu(k)^T v} and {@code relu(k)} of all heads; then the ranges
 * are added in order; last, blocks of queries are multiplied by the sums and divided. Everything walks whole tokens, as they lie.
 */
final class LinearAttention {
    private static final int BLOCK = 256;
    private static final int BLOCKS_PER_RANGE = 8;

    private final Context context;

    LinearAttention(Context context) {
        this.context = context;
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        if (out.numel() == 0) {
            return;
        }
        int heads = (int) q.dim(2);
        int dim = (int) q.dim(3);
        long width = (long) heads * dim;
        // A short block is filled up with zeros, which add nothing.
        Operand tokens = Operand.strided(DType.F32, new long[] {BLOCK, dim}, width, 1);
        Operand transposed = Operand.strided(DType.F32, new long[] {dim, BLOCK}, 1, width);
        Operand state = Operand.dense(DType.F32, dim, dim);
        Primitive sum = product(transposed, tokens, state);
        Primitive apply = product(tokens, state, tokens);
        Sums[][] ranges = new Sums[(int) q.dim(0)][(int) ranges(k.dim(1))];
        context.workers().run(q.dim(0) * ranges(k.dim(1)), (worker, task) -> {
            int batch = (int) (task / ranges(k.dim(1)));
            int range = (int) (task % ranges(k.dim(1)));
            ranges[batch][range] = sumKeys(new Block(worker, batch, heads, dim), k, v, range, sum);
        });
        for (Sums[] parts : ranges) {
            for (int i = 1; i < parts.length; i++) {
                parts[0].add(parts[i]);
            }
        }
        long blocks = (q.dim(1) + BLOCK - 1) / BLOCK;
        context.workers().run(q.dim(0) * blocks, (worker, task) -> {
            Block block = new Block(worker, task / blocks, heads, dim);
            divide(block, out, q, ranges[(int) (task / blocks)][0], task % blocks * BLOCK, apply, eps);
        });
    }

    private static long ranges(long tokens) {
        return Math.max(1, (tokens + (long) BLOCK * BLOCKS_PER_RANGE - 1) / ((long) BLOCK * BLOCKS_PER_RANGE));
    }

    private Primitive product(Operand src, Operand weights, Operand dst) {
        return context.primitives().matMul(new Primitives.MatMul(src, weights, null, dst, 1, null, Activation.NONE));
    }

    /** Sums over keys, in double so that long clips lose nothing: {@code [heads, dim, dim]} and {@code [heads, dim]}. */
    private record Sums(double[] products, double[] keys) {
        void add(Sums other) {
            for (int i = 0; i < products.length; i++) {
                products[i] += other.products[i];
            }
            for (int i = 0; i < keys.length; i++) {
                keys[i] += other.keys[i];
            }
        }
    }

    /** Tokens of one batch entry on one thread. */
    private record Block(Worker worker, long batch, int heads, int dim) {
        int width() {
            return heads * dim;
        }

        long address(Tensor x, long token) {
            return x.address()
                    + (batch * x.dim(1) + token) * width() * x.dtype().bytes();
        }

        /** Loads {@code count} tokens into heap block {@code slot} and zeros after them. */
        float[] load(Tensor x, long first, int count, int slot) {
            float[] values = worker.staging().block(slot, BLOCK * width());
            worker.staging().load(x.dtype(), address(x, first), values, 0, count * width());
            Arrays.fill(values, count * width(), BLOCK * width(), 0);
            return values;
        }

        float[] relu(Tensor x, long first, int count, int slot) {
            float[] values = load(x, first, count, slot);
            for (int i = 0; i < count * width(); i++) {
                values[i] = Math.max(0, values[i]);
            }
            return values;
        }

        /** A native copy of a block of tokens. */
        long store(float[] values, Worker.Scratch purpose) {
            long target = worker.scratch(purpose, (long) BLOCK * width() * Float.BYTES);
            worker.staging().store(DType.F32, values, 0, BLOCK * width(), target);
            return target;
        }
    }

    private static Sums sumKeys(Block block, Tensor k, Tensor v, int range, Primitive product) {
        int square = block.dim * block.dim;
        Sums sums = new Sums(new double[block.heads * square], new double[block.width()]);
        float[] part = block.worker.staging().block(2, block.heads * square);
        long parts = block.worker.scratch(Worker.Scratch.OUTPUT, (long) part.length * Float.BYTES);
        long first = (long) range * BLOCK * BLOCKS_PER_RANGE;
        long end = Math.min(k.dim(1), first + (long) BLOCK * BLOCKS_PER_RANGE);
        for (long token = first; token < end; token += BLOCK) {
            int count = (int) Math.min(BLOCK, end - token);
            float[] keys = block.relu(k, token, count, 0);
            long a = block.store(keys, Worker.Scratch.KEYS);
            long b = block.store(block.load(v, token, count, 1), Worker.Scratch.VALUES);
            for (int head = 0; head < block.heads; head++) {
                long offset = (long) head * block.dim * Float.BYTES;
                block.worker.execute(product, a + offset, b + offset, parts + (long) head * square * Float.BYTES);
            }
            block.worker.staging().load(DType.F32, parts, part, 0, block.heads * square);
            for (int i = 0; i < block.heads * square; i++) {
                sums.products[i] += part[i];
            }
            for (int row = 0; row < count * block.width(); row += block.width()) {
                for (int i = 0; i < block.width(); i++) {
                    sums.keys[i] += keys[row + i];
                }
            }
        }
        return sums;
    }

    private static void divide(Block block, Tensor out, Tensor q, Sums sums, long first, Primitive product, float eps) {
        int count = (int) Math.min(BLOCK, q.dim(1) - first);
        int square = block.dim * block.dim;
        float[] queries = block.relu(q, first, count, 0);
        long a = block.store(queries, Worker.Scratch.KEYS);
        long states = block.worker.scratch(Worker.Scratch.VALUES, (long) block.heads * square * Float.BYTES);
        float[] state = block.worker.staging().block(1, block.heads * square);
        for (int i = 0; i < block.heads * square; i++) {
            state[i] = (float) sums.products[i];
        }
        block.worker.staging().store(DType.F32, state, 0, block.heads * square, states);
        long target = block.worker.scratch(Worker.Scratch.OUTPUT, (long) BLOCK * block.width() * Float.BYTES);
        for (int head = 0; head < block.heads; head++) {
            long offset = (long) head * block.dim * Float.BYTES;
            block.worker.execute(product, a + offset, states + (long) head * square * Float.BYTES, target + offset);
        }
        float[] result = block.worker.staging().block(2, BLOCK * block.width());
        block.worker.staging().load(DType.F32, target, result, 0, count * block.width());
        for (int start = 0; start < count * block.width(); start += block.dim) {
            double denominator = eps;
            for (int i = 0; i < block.dim; i++) {
                denominator += queries[start + i] * sums.keys[start % block.width() + i];
            }
            float inverse = (float) (1 / denominator);
            for (int i = 0; i < block.dim; i++) {
                result[start + i] *= inverse;
            }
        }
        block.worker.staging().store(out.dtype(), result, 0, count * block.width(), block.address(out, first));
    }
}
