package io.fsvideo.tensor;

import java.util.Arrays;
import java.util.List;

/** The rules every checked operation shares. */
final class Check {
    private Check() {}

    static ShapeException fail(String op, String argument, Object rule, Object got) {
        return new ShapeException(op + ": " + argument + " must be " + rule + ", got " + got);
    }

    static void rule(boolean holds, String op, String argument, String rule, Tensor got) {
        if (!holds) {
            throw fail(op, argument, rule, got);
        }
    }

    /** {@code x} is live, plain and of a dtype models compute in. */
    static Tensor compute(String op, String argument, Tensor x) {
        rule(x.dtype().isCompute(), op, argument, "F32 or BF16", x);
        return plain(op, argument, x);
    }

    static Tensor plain(String op, String argument, Tensor x) {
        x.address();
        rule(
                x.layout().equals(Layout.PLAIN),
                op,
                argument,
                "plain, not packed for " + x.layout().use(),
                x);
        return x;
    }

    static void rank(String op, String argument, Tensor x, int rank) {
        rule(x.rank() == rank, op, argument, "of rank " + rank, x);
    }

    static void shape(String op, String argument, Tensor x, long... dims) {
        if (!Arrays.equals(x.shape().toArray(), dims)) {
            throw fail(op, argument, Arrays.toString(dims), x);
        }
    }

    static void dtype(String op, String argument, Tensor x, DType dtype) {
        rule(x.dtype() == dtype, op, argument, dtype.name(), x);
    }

    /** A compute dtype that is {@code x}'s or takes fewer bytes. */
    static void noWider(String op, String argument, DType dtype, Tensor x) {
        if (!dtype.isCompute() || dtype.bytes() > x.dtype().bytes()) {
            throw fail(
                    op,
                    argument,
                    x.dtype() == DType.F32 ? "F32 or BF16" : x.dtype().name(),
                    dtype + " for " + x);
        }
    }

    /** Optional F32 vector of {@code size}. */
    static void vector(String op, String argument, Tensor x, long size) {
        if (x != null) {
            plain(op, argument, x);
            shape(op, argument, x, size);
            dtype(op, argument, x, DType.F32);
        }
    }

    /** {@code logits} {@code [batch, tokens, states]} of states {@code [batch, tokens, dim]}. */
    static void mixture(String op, Tensor logits, List<Tensor> states) {
        compute(op, "logits", logits);
        if (states.isEmpty()) {
            throw fail(op, "states", "at least one", states);
        }
        Tensor first = states.get(0);
        rank(op, "states", first, 3);
        shape(op, "logits", logits, first.dim(0), first.dim(1), states.size());
        for (Tensor state : states) {
            compute(op, "states", state);
            shape(op, "states", state, first.shape().toArray());
            dtype(op, "states", state, first.dtype());
        }
    }

    /** {@code x} {@code [batch, tokens, heads, headDim]} and its table {@code [batch or 1, tokens, headDim / 2, 2]}. */
    static void rope(String op, Tensor x, Tensor table) {
        compute(op, "x", x);
        rank(op, "x", x, 4);
        rule(x.dim(3) % 2 == 0, op, "x", "even along headDim", x);
        plain(op, "table", table);
        dtype(op, "table", table, DType.F32);
        rank(op, "table", table, 4);
        shape(op, "table", table, table.dim(0) == 1 ? 1 : x.dim(0), x.dim(1), x.dim(3) / 2, 2);
    }

    /** {@code value} {@code [batch, dim]} F32 for an {@code x} of {@code [batch, tokens, dim]}. */
    static void perBatch(String op, String argument, Tensor value, Tensor x) {
        plain(op, argument, value);
        shape(op, argument, value, x.dim(0), x.dim(2));
        dtype(op, argument, value, DType.F32);
    }

    static void positive(String op, String argument, float value) {
        if (!(value > 0)) {
            throw fail(op, argument, "> 0", value);
        }
    }
}
