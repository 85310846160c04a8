package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/**
 * Launches {@code attention.cu} for BF16 heads of 64, 80 or 128, with code for sm_90a on Hopper when there is no bias; everything else
 * goes to {@code attention_simt.cu}. Batch entries with keys left out are launches of their own, so that those keys are never read.
 */
final class Attention {
    private static final int[] HEADS = {64, 80, 128};
    private static final int PANEL = 64;
    private static final int LARGEST_HEAD = 512;
    private static final int SIMT_QUERIES = 16;
    private static final int SIMT_KEYS = 32;
    private static final int BLOCK = 128;
    private static final int PLAIN_BLOCK = 64;
    private static final double LOG2_E = 1.4426950408889634;

    private final boolean hopper;
    private final Launch[] fast = new Launch[HEADS.length];
    private final Launch[] plain = new Launch[HEADS.length];
    private final Kernels.Typed simt;
    private final TensorMap qMap = new TensorMap(PANEL, 1, BLOCK, 1);
    private final TensorMap kMap = new TensorMap(PANEL, 1, BLOCK, 1);
    private final TensorMap vMap = new TensorMap(PANEL, 1, BLOCK, 1);

    Attention(Device device) {
        hopper = device.report().hasHopperCode();
        for (int i = 0; i < HEADS.length; i++) {
            fast[i] = device.kernels().entry("attention", "attention_" + HEADS[i]);
            plain[i] = device.kernels().entry("attention", "attention_sm80_" + HEADS[i]);
        }
        simt = device.kernels().typed("attention_simt");
    }

    void run(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        Call call = Call.of(out, q, k, v, bias, scale);
        if (keyLengths == null || Arrays.stream(keyLengths).allMatch(length -> length == call.keys())) {
            run(call);
            return;
        }
        if (keyLengths.length != call.batch()) {
            throw Contract.broken("attention", "keyLengths", call.batch() + " numbers", Arrays.toString(keyLengths));
        }
        for (int i = 0; i < keyLengths.length; i++) {
            run(call.entry(i, keyLengths[i]));
        }
    }

    private void run(Call c) {
        int head = Arrays.binarySearch(HEADS, (int) c.headDim());
        if (c.dtype() != DType.BF16 || head < 0) {
            runSimt(c);
        } else if (hopper && c.bias() == 0) {
            runFast(fast[head], c);
        } else {
            runPlain(plain[head], c);
        }
    }

    private void runFast(Launch entry, Call c) {
        entry.begin()
                .grid((c.queries() + BLOCK - 1) / BLOCK, c.heads(), c.batch())
                .pointer(c.out())
                .tensorMap(map(qMap, c.q(), c.queries(), c))
                .tensorMap(map(kMap, c.k(), c.keys(), c))
                .tensorMap(map(vMap, c.v(), c.keys(), c))
                .pointer(0)
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.heads())
                .float32((float) (c.scale() * LOG2_E))
                .run();
    }

    private static TensorMap map(TensorMap map, long address, long tokens, Call c) {
        return map.at(address)
                .dense(0, c.headDim())
                .dense(1, c.heads())
                .dense(2, tokens)
                .dense(3, c.batch());
    }

    private void runPlain(Launch entry, Call c) {
        entry.begin()
                .grid((c.queries() + PLAIN_BLOCK - 1) / PLAIN_BLOCK, c.heads(), c.batch())
                .pointer(c.out())
                .pointer(c.q())
                .pointer(c.k())
                .pointer(c.v())
                .pointer(0)
                .pointer(c.bias())
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.heads())
                .int32(c.keyRows())
                .float32((float) (c.scale() * LOG2_E))
                .run();
    }

    /** F32 arithmetic, any head size up to {@link #LARGEST_HEAD}. */
    private void runSimt(Call c) {
        Contract.rule(c.headDim() <= LARGEST_HEAD, "attention", "headDim", "at most " + LARGEST_HEAD, c.headDim());
        long side = c.headDim() | 1;
        simt.begin(c.dtype())
                .grid((c.queries() + SIMT_QUERIES - 1) / SIMT_QUERIES, c.heads(), c.batch())
                .shared((int) (Float.BYTES * (SIMT_QUERIES * (side + SIMT_KEYS + 1) + SIMT_KEYS * side)))
                .pointer(c.out())
                .pointer(c.q())
                .pointer(c.k())
                .pointer(c.v())
                .pointer(c.bias())
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.keyRows())
                .int32(c.heads())
                .int32(c.headDim())
                .float32(c.scale())
                .run();
    }

    /**
     * {@code out = softmax(scale q k^T + bias) v} on device memory, for batch entries that attend to equally many keys.
     *
     * @param q {@code [batch, queries, heads, headDim]}, as is {@code out}
     * @param k {@code [batch, keyRows, heads, headDim]}, as is {@code v}
     * @param bias {@code [heads, queries, keyRows]} F32 or 0
     * @param keys rows of k and v that are attended, the first ones; the others are not read
     */
    private record Call(
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
        Call {
            if (keys < 1 || keys > keyRows) {
                throw Contract.broken("attention", "keys", "within 1.." + keyRows, keys);
            }
            Contract.rule(keys == keyRows || batch == 1, "attention", "batch", "1 when keys are left out", batch);
        }

        static Call of(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, float scale) {
            Contract.aligned("attention", "q", q);
            Contract.aligned("attention", "k", k);
            Contract.aligned("attention", "v", v);
            if (!alike(q, k) || !alike(q, v)) {
                throw Contract.broken(
                        "attention",
                        "k and v",
                        "of q's batch, heads, headDim and dtype",
                        k + " and " + v + " for " + q);
            }
            if (k.dim(1) != v.dim(1)) {
                throw Contract.broken("attention", "v", "as long as " + k, v);
            }
            return new Call(
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
        Call entry(int index, int length) {
            long rowBytes = heads * headDim * dtype.bytes();
            long queryOffset = index * queries * rowBytes;
            long keyOffset = index * keyRows * rowBytes;
            return new Call(
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
}
