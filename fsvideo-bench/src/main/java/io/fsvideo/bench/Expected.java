package io.fsvideo.bench;

import io.fsvideo.tensor.DType;

/**
 * An element by definition in binary64.
 *
 * @param value the definition's
 * @param error how far F32 arithmetic may take a result from it
 */
record Expected(double value, double error) {
    private static final double ATOL = 1e-6;
    private static final double RTOL = 1e-5;
    private static final double F32_UNIT = 0x1p-24;
    /** Random rounding errors of n terms add up to less than this many times sqrt(n) units, with near certainty. */
    private static final double DEVIATIONS = 4;

    private static final double OTHERS = 8;
    private static final double OTHERS_RELATIVE = 0x1p-6;
    private static final double OTHERS_ABSOLUTE = 0x1p-8;

    /** A copy of an input. */
    static Expected exact(double value) {
        return new Expected(value, 0);
    }

    /** A function of few numbers. */
    static Expected element(double value) {
        return new Expected(value, ATOL + RTOL * Math.abs(value));
    }

    /** A sum of {@code terms} terms whose absolute values add up to {@code magnitude}. */
    static Expected sum(double value, double magnitude, long terms) {
        return new Expected(value, ATOL + DEVIATIONS * Math.sqrt(terms) * F32_UNIT * magnitude);
    }

    /** The terms' weights come from a function of other numbers and carry its relative error. */
    Expected plusRelative(double magnitude) {
        return new Expected(value, error + RTOL * magnitude);
    }

    /** The factors of the terms may be rounded to {@code dtype} on the way, each by half a unit. */
    Expected withRoundedFactors(DType dtype, double magnitude) {
        return dtype == DType.BF16 ? new Expected(value, error + 0x1p-8 * magnitude) : this;
    }

    /** Other libraries round where they like; this only shows that they do the same work. */
    Expected loosened() {
        return new Expected(value, OTHERS * error + OTHERS_RELATIVE * Math.abs(value) + OTHERS_ABSOLUTE);
    }

    /** Whether {@code actual}, stored as {@code dtype}, is right; NaN is not. */
    boolean allows(double actual, DType dtype) {
        return Math.abs(actual - value) <= error + (dtype == DType.BF16 && error > 0 ? bf16Ulp() : 0);
    }

    private double bf16Ulp() {
        return Math.scalb(1.0, Math.max(Math.getExponent(value), Float.MIN_EXPONENT) - 7);
    }
}
