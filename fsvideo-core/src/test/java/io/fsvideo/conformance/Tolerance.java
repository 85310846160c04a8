package io.fsvideo.conformance;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import java.util.function.IntToDoubleFunction;

/** How far each element may lie from its binary64 definition; derived from the arithmetic, never from results. */
@FunctionalInterface
interface Tolerance {
    double ATOL = 1e-6;
    double RTOL = 1e-5;
    /** Unit roundoff of F32. */
    double F32_UNIT = 0x1p-24;
    /** Random rounding errors of n terms add up to less than this many times sqrt(n) units, with near certainty. */
    double DEVIATIONS = 4;

    /** Largest error allowed at element {@code i} when the definition gives {@code expected}. */
    double at(int i, double expected);

    /** No error at all. */
    static Tolerance exact() {
        return (i, expected) -> 0;
    }

    /** One function of few numbers, or a normalisation: F32 arithmetic, then at most 1 ulp of BF16. */
    static Tolerance element(DType dtype) {
        return (i, expected) -> ATOL + RTOL * Math.abs(expected) + (dtype == DType.BF16 ? bf16Ulp(expected) : 0);
    }

    /** A sum of {@code terms} products in F32, then at most 1 ulp of BF16; {@code magnitude} is the sum of their absolute values. */
    static Tolerance sum(DType dtype, int terms, IntToDoubleFunction magnitude) {
        double unit = DEVIATIONS * Math.sqrt(terms) * F32_UNIT;
        return (i, expected) -> unit * magnitude.applyAsDouble(i) + (dtype == DType.BF16 ? bf16Ulp(expected) : 0);
    }

    /**
     * A matrix product: sums in F32 as in {@link #sum}; in BF16 at most twice the error of the best BF16 result, both measured
     * against the sum of absolute values, so that all row scales count the same.
     */
    static Tolerance product(DType dtype, double relative, double[] expected, double[] magnitude) {
        double share = dtype == DType.BF16 ? 2 * bf16Share(expected, magnitude) : 0;
        return (i, value) -> (share + relative) * magnitude[i];
    }

    /** Relative error of a sum of {@code terms} products in F32. */
    static double sumOf(int terms) {
        return DEVIATIONS * Math.sqrt(terms) * F32_UNIT;
    }

    /** This and {@code other} together. */
    default Tolerance plus(Tolerance other) {
        return (i, expected) -> at(i, expected) + other.at(i, expected);
    }

    private static double bf16Share(double[] expected, double[] magnitude) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(Floats.fromBf16(Floats.toBf16((float) expected[i])) - expected[i]);
            worst = magnitude[i] > 0 ? Math.max(worst, error / magnitude[i]) : worst;
        }
        return worst;
    }

    /** Distance between BF16 numbers around {@code value}. */
    static double bf16Ulp(double value) {
        int exponent = Math.max(Math.getExponent(value), Float.MIN_EXPONENT);
        return Math.scalb(1.0, exponent - 7);
    }
}
