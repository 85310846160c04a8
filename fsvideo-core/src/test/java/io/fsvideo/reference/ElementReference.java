package io.fsvideo.reference;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.PhiloxNormal;
import io.fsvideo.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** Definitions of the element-wise operations, softmax, layerMix, rope and embedding, without rounding. */
public final class ElementReference {
    private static final double ERF_IS_ONE = 6.0;

    private ElementReference() {}

    /** {@code a + b}, b broadcast. */
    public static double[] add(Values a, Values b) {
        double[] out = spread(a, b);
        for (int i = 0; i < out.length; i++) {
            out[i] += a.data()[i];
        }
        return out;
    }

    /** {@code a b}, b broadcast. */
    public static double[] mul(Values a, Values b) {
        double[] out = spread(a, b);
        for (int i = 0; i < out.length; i++) {
            out[i] *= a.data()[i];
        }
        return out;
    }

    /** {@code b} repeated along its dimensions of size 1 to {@code a}'s shape. */
    private static double[] spread(Values a, Values b) {
        double[] out = new double[a.data().length];
        for (int i = 0; i < out.length; i++) {
            int rest = i;
            int source = 0;
            int step = 1;
            for (int axis = a.rank() - 1; axis >= 0; axis--) {
                int index = rest % a.dim(axis);
                rest /= a.dim(axis);
                source += b.dim(axis) == 1 ? 0 : index * step;
                step *= b.dim(axis);
            }
            out[i] = b.data()[source];
        }
        return out;
    }

    /** {@code sum_i weights_i terms_i}. */
    public static double[] weightedSum(float[] weights, List<Values> terms) {
        double[] out = new double[terms.get(0).data().length];
        for (int t = 0; t < weights.length; t++) {
            for (int i = 0; i < out.length; i++) {
                out[i] += weights[t] * terms.get(t).data()[i];
            }
        }
        return out;
    }

    /** {@code activation(x)}. */
    public static double[] activation(Values x, Activation activation) {
        return activation(x.data(), activation);
    }

    static double[] activation(double[] x, Activation activation) {
        return Arrays.stream(x).map(value -> activation(value, activation)).toArray();
    }

    static double activation(double x, Activation activation) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> x / (1 + Math.exp(-x));
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
            case RELU -> Math.max(0.0, x);
        };
    }

    /** {@code 2 / sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 .. (2n+1))}: no cancellation. */
    static double erf(double x) {
        if (Math.abs(x) > ERF_IS_ONE) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /** First half of the last axis times SiLU of the second. */
    public static double[] gluSilu(Values x) {
        int half = x.dim(-1) / 2;
        double[] out = new double[x.rows() * half];
        for (int row = 0; row < x.rows(); row++) {
            for (int i = 0; i < half; i++) {
                int at = row * 2 * half + i;
                out[row * half + i] = x.data()[at] * activation(x.data()[at + half], Activation.SILU);
            }
        }
        return out;
    }

    /** Softmax over the last axis. */
    public static double[] softmax(Values x) {
        double[] out = x.data().clone();
        for (int row = 0; row < x.rows(); row++) {
            softmax(out, row * x.dim(-1), x.dim(-1));
        }
        return out;
    }

    static void softmax(double[] values, int at, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + count; i++) {
            max = Math.max(max, values[i]);
        }
        double sum = 0;
        for (int i = at; i < at + count; i++) {
            values[i] = Math.exp(values[i] - max);
            sum += values[i];
        }
        for (int i = at; i < at + count; i++) {
            values[i] /= sum;
        }
    }

    /** {@code sum_j softmax(logits)_j states_j} per token. */
    public static double[] layerMix(Values logits, List<Values> states) {
        double[] weights = softmax(logits);
        int dim = states.get(0).dim(2);
        double[] out = new double[states.get(0).data().length];
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j < states.size(); j++) {
                out[i] += weights[i / dim * states.size() + j] * states.get(j).data()[i];
            }
        }
        return out;
    }

    /** {@code (a, b) -> (a cos - b sin, a sin + b cos)} on interleaved pairs; table {@code [batch or 1, tokens, headDim / 2, 2]}. */
    public static double[] rope(Values x, Values table) {
        int pairs = x.dim(3) / 2;
        double[] out = new double[x.data().length];
        for (int pair = 0; pair < out.length / 2; pair++) {
            int token = pair / (pairs * x.dim(2));
            int row = table.dim(0) == 1 ? token % x.dim(1) : token;
            int angle = 2 * (row * pairs + pair % pairs);
            double cos = table.data()[angle];
            double sin = table.data()[angle + 1];
            double a = x.data()[2 * pair];
            double b = x.data()[2 * pair + 1];
            out[2 * pair] = a * cos - b * sin;
            out[2 * pair + 1] = a * sin + b * cos;
        }
        return out;
    }

    /** {@code rope} of {@code x / sqrt(mean(x^2) + eps) weight}, the mean over heads and channels. */
    public static double[] qkNormRope(Values x, Values weight, Values table, double eps) {
        long[] rows = {x.dim(0), x.dim(1), (long) x.dim(2) * x.dim(3)};
        double[] normed = NormReference.rmsNorm(new Values(x.data(), rows), weight, eps);
        return rope(new Values(normed, x.dims()), table);
    }

    /** Rows of {@code table} picked by {@code ids}. */
    public static double[] embedding(Values ids, Values table) {
        int dim = table.dim(1);
        double[] out = new double[ids.data().length * dim];
        for (int i = 0; i < ids.data().length; i++) {
            System.arraycopy(table.data(), (int) ids.data()[i] * dim, out, i * dim, dim);
        }
        return out;
    }

    /** The same numbers; rounding is the destination's. */
    public static double[] cast(Values x) {
        return x.data();
    }

    /** The same numbers for a weight, as packed weights are plain ones here. */
    public static double[] pack(Values weight) {
        return weight.data();
    }

    /** {@code value} everywhere. */
    public static double[] fill(Shape shape, float value) {
        double[] out = new double[(int) shape.numel()];
        Arrays.fill(out, value);
        return out;
    }

    /** Philox noise. */
    public static double[] noise(Shape shape, long seed, int stream) {
        float[] values = new float[(int) shape.numel()];
        PhiloxNormal.fill(values, 0, values.length, seed, stream, 0);
        return Values.of(values, values.length).data();
    }
}
