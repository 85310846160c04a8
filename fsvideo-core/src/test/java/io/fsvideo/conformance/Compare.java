package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.fsvideo.tensor.Tensor;

/** Comparison of results with definitions; a NaN always fails. */
final class Compare {
    private Compare() {}

    static void assertClose(double[] expected, Tensor actual, Tolerance tolerance) {
        float[] values = actual.toFloats();
        assertEquals(expected.length, values.length, "elements of " + actual);
        int wrong = 0;
        int worst = -1;
        double ratio = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = values[i] == expected[i] ? 0 : Math.abs(values[i] - expected[i]);
            double allowed = tolerance.at(i, expected[i]);
            if (!(difference <= allowed)) {
                wrong++;
                double excess = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference / allowed;
                worst = worst < 0 || excess > ratio ? i : worst;
                ratio = Math.max(ratio, excess);
            }
        }
        if (wrong > 0) {
            fail(actual + ": " + wrong + " of " + values.length + " elements are off, worst " + ratio
                    + " times the tolerance" + " at " + worst + ": expected " + expected[worst] + ", got "
                    + values[worst]);
        }
    }

    static void assertExact(double[] expected, Tensor actual) {
        assertClose(expected, actual, Tolerance.exact());
    }
}
