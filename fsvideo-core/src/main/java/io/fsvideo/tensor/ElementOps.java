package io.fsvideo.tensor;

import java.util.Arrays;
import java.util.List;

/** Checked element-wise operations of an {@link Arena}; mathematics in {@link Ops}. */
public sealed interface ElementOps permits Arena {
    Tensor alloc(String name, DType dtype, Shape shape);

    Ops ops();

    /** {@code a + b}; {@code b} has {@code a}'s rank and each dimension equal or 1. */
    default Tensor add(Tensor a, Tensor b) {
        checkBroadcast("add", a, b);
        Tensor out = alloc("add", a.dtype(), a.shape());
        ops().add(out, a, b);
        return out;
    }

    /** {@code a b}; {@code b} as in {@link #add}. */
    default Tensor mul(Tensor a, Tensor b) {
        checkBroadcast("mul", a, b);
        Tensor out = alloc("mul", a.dtype(), a.shape());
        ops().mul(out, a, b);
        return out;
    }

    private static void checkBroadcast(String op, Tensor a, Tensor b) {
        Check.compute(op, "a", a);
        Check.compute(op, "b", b);
        Check.dtype(op, "b", b, a.dtype());
        Check.rank(op, "b", b, a.rank());
        for (int i = 0; i < a.rank(); i++) {
            Check.rule(b.dim(i) == a.dim(i) || b.dim(i) == 1, op, "b", "broadcastable to " + a, b);
        }
    }

    /** {@code sum_i weights_i terms_i}, in list order. */
    default Tensor weightedSum(float[] weights, List<Tensor> terms) {
        if (terms.isEmpty() || weights.length != terms.size()) {
            throw Check.fail(
                    "weightedSum", "weights", "one per term and at least one", weights.length + " for " + terms);
        }
        Tensor first = terms.get(0);
        for (Tensor term : terms) {
            Check.compute("weightedSum", "term", term);
            Check.shape("weightedSum", "term", term, first.shape().toArray());
            Check.dtype("weightedSum", "term", term, first.dtype());
        }
        Tensor out = alloc("weightedSum", first.dtype(), first.shape());
        ops().weightedSum(out, weights, terms);
        return out;
    }

    /** {@code activation(x)}. */
    default Tensor activation(Tensor x, Activation activation) {
        Check.compute("activation", "x", x);
        Tensor out = alloc("activation", x.dtype(), x.shape());
        ops().activation(out, x, activation);
        return out;
    }

    /** First half of the last axis times SiLU of the second half: {@code [..., 2 c] -> [..., c]}. */
    default Tensor gluSilu(Tensor x) {
        Check.compute("gluSilu", "x", x);
        Check.rule(x.dim(-1) % 2 == 0, "gluSilu", "x", "even along the last axis", x);
        Tensor out = alloc("gluSilu", x.dtype(), x.shape().with(-1, x.dim(-1) / 2));
        ops().gluSilu(out, x);
        return out;
    }

    /** Softmax over the last axis. */
    default Tensor softmax(Tensor x) {
        Check.compute("softmax", "x", x);
        Tensor out = alloc("softmax", x.dtype(), x.shape());
        ops().softmax(out, x);
        return out;
    }

    /**
     * Softmax-weighted sum of states per token.
     *
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     */
    default Tensor layerMix(Tensor logits, List<Tensor> states) {
        Check.mixture("layerMix", logits, states);
        Tensor first = states.get(0);
        Tensor out = alloc("layerMix", first.dtype(), first.shape());
        ops().layerMix(out, logits, states);
        return out;
    }

    /**
     * Rotary position embedding on interleaved pairs.
     *
     * @param x {@code [batch, tokens, heads, headDim]}
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32, cos then sin
     */
    default Tensor rope(Tensor x, Tensor table) {
        Check.rope("rope", x, table);
        Tensor out = alloc("rope", x.dtype(), x.shape());
        ops().rope(out, x, table);
        return out;
    }

    /** Rows of {@code table} {@code [rows, dim]} picked by {@code ids} {@code [...]} I32: {@code [..., dim]}. */
    default Tensor embedding(Tensor ids, Tensor table) {
        Check.plain("embedding", "ids", ids);
        Check.dtype("embedding", "ids", ids, DType.I32);
        Check.compute("embedding", "table", table);
        Check.rank("embedding", "table", table, 2);
        long[] dims = Arrays.copyOf(ids.shape().toArray(), ids.rank() + 1);
        dims[ids.rank()] = table.dim(1);
        Tensor out = alloc("embedding", table.dtype(), Shape.of(dims));
        ops().embedding(out, ids, table);
        return out;
    }

    /** {@code x} in another dtype; {@code x} itself when it already has it. */
    default Tensor cast(Tensor x, DType dtype) {
        Check.plain("cast", "x", x);
        if (x.dtype() == dtype) {
            return x;
        }
        boolean integer = x.dtype() == DType.I32 || x.dtype() == DType.U8;
        if (dtype == DType.I32 || dtype == DType.U8 || (integer && dtype != DType.F32)) {
            throw Check.fail("cast", "dtype", "a float type (F32 from integers)", dtype + " for " + x);
        }
        Tensor out = alloc("cast", dtype, x.shape());
        ops().cast(out, x);
        return out;
    }

    /** A tensor of {@code value}s. */
    default Tensor fill(DType dtype, float value, long... dims) {
        Tensor out = alloc("fill", dtype, Shape.of(dims));
        ops().fill(out, value);
        return out;
    }

    /** Standard normal noise: element i is {@link PhiloxNormal#value}{@code (seed, stream, i)}. */
    default Tensor noise(DType dtype, long seed, int stream, long... dims) {
        if (!dtype.isCompute()) {
            throw Check.fail("noise", "dtype", "F32 or BF16", dtype);
        }
        Tensor out = alloc("noise", dtype, Shape.of(dims));
        ops().noise(out, seed, stream);
        return out;
    }
}
