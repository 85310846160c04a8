package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Tensor;

/** Launches {@code linear_attention.cu}: sums over chunks of keys, their total, and the quotient of each query. */
final class LinearAttention {
    private static final int LARGEST_HEAD = 128;
    private static final int SMALL_HEAD = 32;
    private static final int QUERIES = 32;
    /** Keys summed by one block; fixed, so that results do not depend on the processor. */
    private static final int CHUNK = 512;

    private final DeviceMemory memory;
    private final ElementKernels elements;
    private final Kernels.Typed sum;
    private final Launch reduce;
    private final Kernels.Typed quotient;

    LinearAttention(Device device) {
        memory = device.memory();
        elements = device.elements();
        sum = device.kernels().typed("linear_attention", "linear_attention_sum");
        reduce = device.kernels().entry("linear_attention", "linear_attention_reduce");
        quotient = device.kernels().typed("linear_attention");
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        Contract.aligned("linearAttention", "out", out);
        Contract.aligned("linearAttention", "q", q);
        Contract.aligned("linearAttention", "k", k);
        Contract.aligned("linearAttention", "v", v);
        Contract.rule(q.dim(3) <= LARGEST_HEAD, "linearAttention", "q", "of at most 128 per head", q);
        boolean alike = k.shape().equals(v.shape()) && k.dim(0) == q.dim(0) && k.dim(2) == q.dim(2);
        if (!alike || k.dim(3) != q.dim(3)) {
            throw Contract.broken(
                    "linearAttention",
                    "k and v",
                    "alike and of q's batch, heads and headDim",
                    k + " and " + v + " for " + q);
        }
        if (k.dim(1) == 0) {
            elements.zero(out.address(), out.bytes());
            return;
        }
        long chunks = (k.dim(1) + CHUNK - 1) / CHUNK;
        long count = q.dim(0) * q.dim(2) * q.dim(3) * (q.dim(3) + 1);
        try (Scratch partial = memory.scratch(chunks * count * Float.BYTES);
                Scratch sums = chunks == 1 ? null : memory.scratch(count * Float.BYTES)) {
            sum(partial.address(), k, v, chunks);
            if (sums != null) {
                reduce(sums.address(), partial.address(), count, chunks);
            }
            divide(out, q, (sums == null ? partial : sums).address(), eps);
        }
    }

    private void sum(long partial, Tensor k, Tensor v, long chunks) {
        sum.begin(k)
                .grid(chunks, k.dim(2), k.dim(0))
                .block(block(k))
                .shared((int) (256 * side(k)))
                .pointer(partial)
                .pointer(k)
                .pointer(v)
                .int32(k.dim(1))
                .int32(k.dim(3))
                .int32(CHUNK)
                .run();
    }

    private void reduce(long sums, long partial, long count, long chunks) {
        reduce.begin()
                .threads(count)
                .pointer(sums)
                .pointer(partial)
                .int32(count)
                .int32(chunks)
                .run();
    }

    private void divide(Tensor out, Tensor q, long sums, float eps) {
        quotient.begin(q)
                .grid((q.dim(1) + QUERIES - 1) / QUERIES, q.dim(2), q.dim(0))
                .block(block(q))
                .shared((int) (4 * side(q) * (side(q) + QUERIES + 1)))
                .pointer(out)
                .pointer(q)
                .pointer(sums)
                .int32(q.dim(1))
                .int32(q.dim(3))
                .float32(eps)
                .run();
    }

    private static int block(Tensor heads) {
        return heads.dim(3) <= SMALL_HEAD ? 64 : 256;
    }

    /** Elements per head, rounded up to 4. */
    private static long side(Tensor heads) {
        return (heads.dim(3) + 3) / 4 * 4;
    }
}
