package io.fsvideo.bench;

import io.fsvideo.tensor.DType;

/** Compares two results of a whole network, where roundings add up over hundreds of operations. */
final class Closeness {
    /** Root mean square of the difference over that of the values: 4,096 F32 roundings, and 16 BF16 ones. */
    private static final double F32 = 0x1p-12;

    private static final double BF16 = 0x1p-4;

    private Closeness() {}

    /** @throws WrongResultException when the results differ by more than roundings, or one is not a number */
    static void require(String bench, float[] expected, float[] actual, DType dtype) {
        double most = dtype == DType.F32 ? F32 : BF16;
        double difference = actual.length == expected.length ? difference(expected, actual) : Double.NaN;
        if (!(difference <= most)) {
            throw new WrongResultException(bench + ": result of " + actual.length + " numbers must be within " + most
                    + " of the F32 result of " + expected.length + " numbers on the CPU, got " + difference
                    + "; nothing was timed");
        }
    }

    private static double difference(float[] expected, float[] actual) {
        double squares = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            double off = (double) actual[i] - expected[i];
            squares += off * off;
            size += (double) expected[i] * expected[i];
        }
        return Math.sqrt(squares / size);
    }
}
