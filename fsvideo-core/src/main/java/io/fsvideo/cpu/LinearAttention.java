package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * ReLU linear attention in F32. One task is one head of one batch entry: {@code relu(k)^T [v, 1]} is added up over fixed chunks of keys,
 * then multiplied by {@code relu(q)}; the last column is the denominator.
 */
final class LinearAttention {
    private static final int CHUNK = 256;

    private final Context context;

    LinearAttention(Context context) {
        this.context = context;
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        if (out.numel() == 0) {
            return;
        }
        long heads = q.dim(2);
        int dim = (int) q.dim(3);
        // Rows of zeros fill the last chunk of keys: they add nothing.
        Primitive sum = product(dim, CHUNK, Operand.strided(DType.F32, new long[] {dim, CHUNK}, 1, dim), dim + 1);
        Primitive apply = product(CHUNK, dim, Operand.dense(DType.F32, CHUNK, dim), dim + 1);
        context.workers().run(q.dim(0) * heads, (worker, task) -> {
            Head head = new Head(worker, task / heads, task % heads, dim);
            float[] state = head.sumKeys(k, v, sum);
            head.applyTo(out, q, state, apply, eps);
        });
    }

    private Primitive product(long rows, long inner, Operand src, long columns) {
        return context.primitives()
                .matMul(new Primitives.MatMul(
                        src,
                        Operand.dense(DType.F32, inner, columns),
                        null,
                        Operand.dense(DType.F32, rows, columns),
                        1,
                        null,
                        Activation.NONE));
    }

    private record Head(Worker worker, long batch, long head, int dim) {
        private long address(Tensor x, long token) {
            return x.address()
                    + ((batch * x.dim(1) + token) * x.dim(2) + head)
                            * dim
                            * x.dtype().bytes();
        }

        /** {@code [dim, dim + 1]}; chunks are added in double, so long rows lose nothing. */
        float[] sumKeys(Tensor k, Tensor v, Primitive product) {
            int columns = dim + 1;
            double[] total = new double[dim * columns];
            float[] keys = worker.staging().block(0, CHUNK * dim);
            float[] values = worker.staging().block(1, CHUNK * columns);
            float[] part = worker.staging().block(2, dim * columns);
            long a = worker.scratch(Worker.Scratch.KEYS, (long) CHUNK * dim * Float.BYTES);
            long b = worker.scratch(Worker.Scratch.VALUES, (long) CHUNK * columns * Float.BYTES);
            long c = worker.scratch(Worker.Scratch.OUTPUT, (long) dim * columns * Float.BYTES);
            for (long first = 0; first < k.dim(1); first += CHUNK) {
                int count = (int) Math.min(CHUNK, k.dim(1) - first);
                relu(k, first, count, keys);
                java.util.Arrays.fill(keys, count * dim, CHUNK * dim, 0);
                java.util.Arrays.fill(values, 0, CHUNK * columns, 0);
                for (int i = 0; i < count; i++) {
                    worker.staging().load(v.dtype(), address(v, first + i), values, i * columns, dim);
                    values[i * columns + dim] = 1;
                }
                worker.staging().store(DType.F32, keys, 0, CHUNK * dim, a);
                worker.staging().store(DType.F32, values, 0, CHUNK * columns, b);
                worker.execute(product, a, b, c);
                worker.staging().load(DType.F32, c, part, 0, dim * columns);
                for (int i = 0; i < total.length; i++) {
                    total[i] += part[i];
                }
            }
            float[] state = new float[total.length];
            for (int i = 0; i < state.length; i++) {
                state[i] = (float) total[i];
            }
            return state;
        }

        private void relu(Tensor x, long first, int count, float[] target) {
            for (int i = 0; i < count; i++) {
                worker.staging().load(x.dtype(), address(x, first + i), target, i * dim, dim);
            }
            for (int i = 0; i < count * dim; i++) {
                target[i] = Math.max(0, target[i]);
            }
        }

        void applyTo(Tensor out, Tensor q, float[] state, Primitive product, float eps) {
            int columns = dim + 1;
            float[] queries = worker.staging().block(0, CHUNK * dim);
            float[] result = worker.staging().block(1, CHUNK * columns);
            long a = worker.scratch(Worker.Scratch.KEYS, (long) CHUNK * dim * Float.BYTES);
            long b = worker.scratch(Worker.Scratch.VALUES, (long) CHUNK * columns * Float.BYTES);
            long c = worker.scratch(Worker.Scratch.SCORES, (long) CHUNK * columns * Float.BYTES);
            worker.staging().store(DType.F32, state, 0, state.length, b);
            for (long first = 0; first < q.dim(1); first += CHUNK) {
                int count = (int) Math.min(CHUNK, q.dim(1) - first);
                relu(q, first, count, queries);
                java.util.Arrays.fill(queries, count * dim, CHUNK * dim, 0);
                worker.staging().store(DType.F32, queries, 0, CHUNK * dim, a);
                worker.execute(product, a, b, c);
                worker.staging().load(DType.F32, c, result, 0, CHUNK * columns);
                for (int i = 0; i < count; i++) {
                    float denominator = result[i * columns + dim] + eps;
                    for (int e = 0; e < dim; e++) {
                        queries[i * dim + e] = result[i * columns + e] / denominator;
                    }
                    worker.staging().store(out.dtype(), queries, i * dim, dim, address(out, first + i));
                }
            }
        }
    }
}
