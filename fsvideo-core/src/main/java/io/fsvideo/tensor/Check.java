package io.fsvideo.tensor;

import java.util.Arrays;

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

    static void positive(String op, String argument, float value) {
        if (!(value > 0)) {
            throw fail(op, argument, "> 0", value);
        }
    }
}
