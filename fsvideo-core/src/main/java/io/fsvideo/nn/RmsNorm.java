package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * RMS norm over the last axis with a weight, whole or of one rank's columns.
 *
 * @param weight {@code [dim / ranks]}
 * @param ranks who has the other columns; one alone when rows are whole
 */
public record RmsNorm(Tensor weight, float eps, Comm ranks) {
    public static RmsNorm of(Weights w, long dim, float eps) {
        return new RmsNorm(w.tensor("weight", dim), eps, Comm.single());
    }

    /** A norm of rows of {@code dim} columns, of which this rank has its share. */
    public static RmsNorm columns(Weights w, long dim, float eps, Comm ranks) {
        return new RmsNorm(w.tensor("weight", dim / ranks.size()), eps, ranks);
    }

    /**
     * Rows that are whole, normed over heads and channels together, then rotated: one operation.
     *
     * @param x {@code [batch, tokens, heads, headDim]}
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32
     */
    public Tensor rotated(Arena a, Tensor x, Tensor table) {
        if (ranks.size() > 1) {
            throw new IllegalStateException("rmsNorm: rows must be whole to be normed and rotated at once, got 1 of "
                    + ranks.size() + " parts");
        }
        return a.qkNormRope(x, weight, table, eps);
    }

    /** {@code [..., dim / ranks]} to the same shape. */
    public Tensor forward(Arena a, Tensor x) {
        return ranks.size() == 1
                ? a.rmsNorm(x, weight, eps)
                : together(a, List.of(this), List.of(x)).get(0);
    }

    /** Each norm of its {@code x}, with one sum over the ranks that all share: the statistics are one number per row. */
    public static List<Tensor> together(Arena a, List<RmsNorm> norms, List<Tensor> x) {
        try (Arena t = a.child("rms norms")) {
            List<Tensor> parts = new ArrayList<>();
            x.forEach(each -> parts.add(rows(t.sumOfSquares(each))));
            Tensor squares = parts.size() == 1 ? parts.get(0) : t.concat(0, parts);
            norms.get(0).ranks().allReduceSum(squares);
            List<Tensor> normed = new ArrayList<>();
            long from = 0;
            for (int i = 0; i < norms.size(); i++) {
                long count = parts.get(i).numel();
                Tensor own = parts.size() == 1 ? squares : t.slice(squares, 0, from, from + count);
                normed.add(t.keep(norms.get(i).scale(t, x.get(i), own)));
                from += count;
            }
            return normed;
        }
    }

    private static Tensor rows(Tensor squares) {
        return squares.reshape(squares.numel());
    }

    private Tensor scale(Arena t, Tensor x, Tensor squares) {
        Tensor perRow = squares.reshape(x.shape().with(-1, 1).toArray());
        return t.rmsScale(x, perRow, weight, weight.numel() * ranks.size(), eps);
    }
}
