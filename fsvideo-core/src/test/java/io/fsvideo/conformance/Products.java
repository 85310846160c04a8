package io.fsvideo.conformance;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;

/** Tolerances of linear and conv3d with an activation on top. */
final class Products {
    /** Largest slope of any activation, rounded up: an error in the sum grows at most so much. */
    private static final double STEEPEST = 1.13;

    private Products() {}

    static Tolerance tolerance(DType dtype, int terms, double[] expected, double[] magnitude, Activation activation) {
        Tolerance sums = Tolerance.product(dtype, STEEPEST * Tolerance.sumOf(terms), expected, magnitude);
        boolean exactActivation = activation == Activation.NONE || activation == Activation.RELU;
        return exactActivation ? sums : sums.plus(Tolerance.element(DType.F32));
    }
}
