package io.fsvideo.reference;

import java.util.List;

/** Definitions of the normalisations and gatedAdd, without rounding; parameters as in {@code Ops}. */
public final class NormReference {
    private NormReference() {}

    /** {@code x / sqrt(mean(x^2) + eps) weight + bias} over the last axis. */
    public static double[] pixelNorm(Values x, Values weight, Values bias, double eps) {
        int dim = x.dim(-1);
        double[] out = x.data().clone();
        for (int row = 0; row < x.rows(); row++) {
            double square = MatrixReference.dot(out, row * dim, out, row * dim, dim) / dim;
            scaleAndShift(out, row * dim, 0.0, square + eps, weight, bias, dim);
        }
        return out;
    }

    /** {@code x / sqrt(mean(x^2) + eps) weight} over the last axis. */
    public static double[] rmsNorm(Values x, Values weight, double eps) {
        return pixelNorm(x, weight, null, eps);
    }

    /** {@code sum(x^2)} over the last axis. */
    public static double[] sumOfSquares(Values x) {
        int dim = x.dim(-1);
        double[] out = new double[x.rows()];
        for (int row = 0; row < out.length; row++) {
            out[row] = MatrixReference.dot(x.data(), row * dim, x.data(), row * dim, dim);
        }
        return out;
    }

    /** {@code x / sqrt(squares / width + eps) weight}, one sum of squares per row. */
    public static double[] rmsScale(Values x, Values squares, Values weight, long width, double eps) {
        int dim = x.dim(-1);
        double[] out = x.data().clone();
        for (int row = 0; row < x.rows(); row++) {
            scaleAndShift(out, row * dim, 0.0, squares.data()[row] / width + eps, weight, null, dim);
        }
        return out;
    }

    /** {@code (x - mean) / sqrt(var + eps) weight + bias} over the last axis, biased variance. */
    public static double[] layerNorm(Values x, Values weight, Values bias, double eps) {
        int dim = x.dim(-1);
        double[] out = x.data().clone();
        for (int row = 0; row < x.rows(); row++) {
            double mean = 0;
            for (int i = 0; i < dim; i++) {
                mean += out[row * dim + i] / dim;
            }
            double variance = 0;
            for (int i = 0; i < dim; i++) {
                double centred = out[row * dim + i] - mean;
                variance += centred * centred / dim;
            }
            scaleAndShift(out, row * dim, mean, variance + eps, weight, bias, dim);
        }
        return out;
    }

    private static void scaleAndShift(
            double[] out, int at, double mean, double square, Values weight, Values bias, int dim) {
        double root = Math.sqrt(square);
        for (int i = 0; i < dim; i++) {
            double normed = (out[at + i] - mean) / root;
            double scaled = weight == null ? normed : normed * weight.data()[i];
            out[at + i] = bias == null ? scaled : scaled + bias.data()[i];
        }
    }

    /** {@code layerNorm(x) (1 + scale) + shift}; x {@code [batch, tokens, dim]}, shift and scale {@code [batch, dim]}. */
    public static double[] modulatedNorm(Values x, Values shift, Values scale, double eps) {
        double[] out = layerNorm(x, null, null, eps);
        for (int i = 0; i < out.length; i++) {
            int entry = perBatch(x, i);
            out[i] = out[i] * (1 + scale.data()[entry]) + shift.data()[entry];
        }
        return out;
    }

    /** {@code modulatedNorm} of {@code sum_j softmax(logits)_j states_j}. */
    public static double[] layerMixNorm(Values logits, List<Values> states, Values shift, Values scale, double eps) {
        double[] mixture = ElementReference.layerMix(logits, states);
        return modulatedNorm(new Values(mixture, states.get(0).dims()), shift, scale, eps);
    }

    /** {@code x + gate y}; x, y {@code [batch, tokens, dim]}, gate {@code [batch, dim]} or null for 1. */
    public static double[] gatedAdd(Values x, Values gate, Values y) {
        double[] out = new double[x.data().length];
        for (int i = 0; i < out.length; i++) {
            double factor = gate == null ? 1 : gate.data()[perBatch(x, i)];
            out[i] = x.data()[i] + factor * y.data()[i];
        }
        return out;
    }

    /** Index in {@code [batch, dim]} of element {@code i} of {@code [batch, tokens, dim]}. */
    private static int perBatch(Values x, int i) {
        int dim = x.dim(2);
        return i / (x.dim(1) * dim) * dim + i % dim;
    }
}
