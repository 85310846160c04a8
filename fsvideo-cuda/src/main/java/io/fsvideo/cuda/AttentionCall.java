package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * {@code out = softmax(scale q k^T + bias) v} on device memory, for batch entries that attend to equally many keys.
 *
 * @param q {@code [batch, queries, heads, headDim]}, as is {@code out}
 * @param k {@code [batch, keyRows, heads, headDim]}, as is {@code v}
 * @param bias {@code [heads, queries, keyRows]} F32 or 0
 * @param keys rows of k and v that are attended, the first ones; the others are not read
 */
record AttentionCall(
        DType dtype,
        long out,
        long q,
        long k,
        long v,
        long bias,
        long batch,
        long queries,
        long keys,
        long keyRows,
        long heads,
        long headDim,
        float scale) {
    AttentionCall {
        if (keys < 1 || keys > keyRows) {
            throw Contract.broken("attention", "keys", "within 1.." + keyRows, keys);
        }
        Contract.rule(keys == keyRows || batch == 1, "attention", "batch", "1 when keys are left out", batch);
    }

    static AttentionCall of(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, float scale) {
        Contract.aligned("attention", "q", q);
        Contract.aligned("attention", "k", k);
        Contract.aligned("attention", "v", v);
        if (!alike(q, k) || !alike(q, v)) {
            throw Contract.broken(
                    "attention", "k and v", "of q's batch, heads, headDim and dtype", k + " and " + v + " for " + q);
        }
        if (k.dim(1) != v.dim(1)) {
            throw Contract.broken("attention", "v", "as long as " + k, v);
        }
        return new AttentionCall(
                q.dtype(),
                Contract.aligned("attention", "out", out),
                q.address(),
                k.address(),
                v.address(),
                Contract.bias("attention", bias, q.dim(2) * q.dim(1) * k.dim(1)),
                q.dim(0),
                q.dim(1),
                k.dim(1),
                k.dim(1),
                q.dim(2),
                q.dim(3),
                scale);
    }

    private static boolean alike(Tensor q, Tensor other) {
        return q.dtype() == other.dtype()
                && q.dim(0) == other.dim(0)
                && q.dim(2) == other.dim(2)
                && q.dim(3) == other.dim(3);
    }

    /** Batch entry {@code index} alone, attending to its first {@code length} keys. */
    AttentionCall entry(int index, int length) {
        long rowBytes = heads * headDim * dtype.bytes();
        long queryOffset = index * queries * rowBytes;
        long keyOffset = index * keyRows * rowBytes;
        return new AttentionCall(
                dtype,
                out + queryOffset,
                q + queryOffset,
                k + keyOffset,
                v + keyOffset,
                bias,
                1,
                queries,
                length,
                keyRows,
                heads,
                headDim,
                scale);
    }
}
