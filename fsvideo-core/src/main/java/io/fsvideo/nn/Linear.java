package io.fsvideo.nn;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * {@code y = x weight^T + bias}, whole or one rank's part of it.
 *
 * @param weight {@code [out, in]} packed
 * @param bias {@code [out]} or null
 * @param addends ranks whose products are added to the result; one alone unless inputs are split
 */
public record Linear(Tensor weight, Tensor bias, Comm addends) {
    /** Rows that matrix kernels compute together: halves of whole tiles cost no more of them than the whole. */
    private static final long TILE = 128;

    /** A whole one. */
    public Linear(Tensor weight, Tensor bias) {
        this(weight, bias, Comm.single());
    }

    /** Reads {@code weight} and {@code bias}. */
    public static Linear of(Weights w, long in, long out) {
        return new Linear(w.linear("weight", out, in), w.tensor("bias", out));
    }

    /** Reads {@code weight} only. */
    public static Linear withoutBias(Weights w, long in, long out) {
        return new Linear(w.linear("weight", out, in), null);
    }

    /** This rank's share of the outputs: {@code [..., in] -> [..., out / ranks]}; nothing is sent. */
    public static Linear columns(Weights w, long in, long out, Comm ranks) {
        return of(w, in, out / ranks.size());
    }

    /** All outputs from this rank's share of the inputs, {@code [..., in / ranks] -> [..., out]}, added over ranks; the first adds the bias. */
    public static Linear rows(Weights w, long in, long out, Comm ranks) {
        Tensor bias = w.tensor("bias", out);
        return new Linear(w.linear("weight", out, in / ranks.size()), ranks.rank() == 0 ? bias : null, ranks);
    }

    /** {@code [..., in] -> [..., out]}. */
    public Tensor forward(Arena a, Tensor x) {
        return addends.size() == 1 ? a.linear(x, weight, bias, Activation.NONE) : sum(a, x);
    }

    /** The sum over ranks; of long products in two halves of the rows, of which the first is summed while the second is computed. */
    private Tensor sum(Arena a, Tensor x) {
        Tensor y = a.alloc("linear", x.dtype(), x.shape().with(-1, weight.dim(0)));
        Tensor to = y.reshape(y.numel() / weight.dim(0), weight.dim(0));
        Tensor from = x.reshape(to.dim(0), x.dim(-1));
        long half = firstHalf(to.dim(0), Math.max(from.rowStep(), to.rowStep()));
        if (half < to.dim(0) && x.numel() * weight.dim(0) >= addends.overlapFrom()) {
            sumHalves(a, from, to, half);
        } else {
            a.linearInto(y, x, weight, bias);
            addends.allReduceSum(y);
        }
        return y;
    }

    private static long firstHalf(long rows, long step) {
        long unit = rows < 2 * TILE ? step : TILE;
        return ((rows + 1) / 2 + unit - 1) / unit * unit;
    }

    /** Also when the second fails the first is waited for: its memory must not be given away while it is written. */
    private void sumHalves(Arena a, Tensor x, Tensor y, long half) {
        long rows = x.dim(0);
        Comm.Transfer first = multiplyAndSend(a, x.rows(0, half), y.rows(0, half));
        Comm.Transfer second;
        try {
            second = multiplyAndSend(a, x.rows(half, rows), y.rows(half, rows));
        } finally {
            first.await();
        }
        second.await();
    }

    private Comm.Transfer multiplyAndSend(Arena a, Tensor x, Tensor y) {
        a.linearInto(y, x, weight, bias);
        return addends.startAllReduceSum(y);
    }

    /**
     * {@code residual + gate (x weight^T + bias)}.
     *
     * @param x {@code [batch, tokens, in]}
     * @param residual {@code [batch, tokens, out]} of {@code x}'s dtype, or F32
     * @param gate {@code [batch, out]} F32, or null for 1
     */
    public Tensor addTo(Arena a, Tensor residual, Tensor gate, Tensor x) {
        if (addends.size() > 1) {
            throw new IllegalStateException("linear: residual must wait for the sum over ranks, got " + residual);
        }
        return a.linearGatedAdd(x, weight, bias, residual, gate);
    }

    /** {@code [..., in] -> [..., out]}, then {@code activation}. */
    public Tensor forward(Arena a, Tensor x, Activation activation) {
        if (addends.size() > 1) {
            throw new IllegalStateException("linear: activation must wait for the sum over ranks, got " + activation);
        }
        return a.linear(x, weight, bias, activation);
    }
}
