package io.fsvideo.reference;

import java.util.Arrays;

/**
 * Numbers with a shape, row major.
 *
 * @param data the numbers, exact values of a tensor's elements or unrounded results
 * @param dims the shape
 */
public record Values(double[] data, long[] dims) {
    public Values {
        if (Arrays.stream(dims).reduce(1, Math::multiplyExact) != data.length) {
            throw new IllegalArgumentException(
                    "values: data must fill " + Arrays.toString(dims) + ", got " + data.length);
        }
    }

    /** Exact values of {@code data}. */
    public static Values of(float[] data, long... dims) {
        double[] exact = new double[data.length];
        for (int i = 0; i < data.length; i++) {
            exact[i] = data[i];
        }
        return new Values(exact, dims);
    }

    public int rank() {
        return dims.length;
    }

    /** Size along {@code axis}; negative axes count from the end. */
    public int dim(int axis) {
        return (int) dims[axis < 0 ? axis + dims.length : axis];
    }

    /** Product of dimensions {@code from .. to - 1}. */
    public int count(int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product *= dim(i);
        }
        return product;
    }

    /** Number of vectors along the last axis. */
    public int rows() {
        return count(0, dims.length - 1);
    }

    /** Absolute values: a definition applied to them bounds the sum of its products' magnitudes. */
    public Values abs() {
        return new Values(Arrays.stream(data).map(Math::abs).toArray(), dims);
    }
}
