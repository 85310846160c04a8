package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class PhiloxNormalTest {
    private static final int COUNT = 1 << 20;
    private static final double RELATIVE = 1e-15;

    /** Known answers of the Random123 library, kat_vectors, philox4x32 with 10 rounds. */
    @Test
    void matchesTheKnownAnswersOfRandom123() {
        assertPhilox(new int[] {0, 0, 0, 0}, 0L, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertPhilox(new int[] {-1, -1, -1, -1}, -1L, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertPhilox(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                0x299f31d0_a4093822L,
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    private static void assertPhilox(int[] counter, long key, int... expected) {
        PhiloxNormal.philox(counter, key);
        assertArrayEquals(expected, counter);
    }

    /** The first block of seed 0, stream 0 by the documented transform with the JDK's functions. */
    @Test
    void transformsTheWordsByBoxMuller() {
        double[] words = {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L};
        for (int pair = 0; pair < 2; pair++) {
            double radius = Math.sqrt(-2 * StrictMath.log((words[2 * pair] + 0.5) / 0x1p32));
            double angle = 2 * Math.PI * words[2 * pair + 1] / 0x1p32;
            assertEquals(radius * StrictMath.cos(angle), PhiloxNormal.value(0, 0, 2 * pair), 1e-6);
            assertEquals(radius * StrictMath.sin(angle), PhiloxNormal.value(0, 0, 2 * pair + 1), 1e-6);
        }
    }

    /** Changing these breaks every recorded seed. */
    @Test
    void keepsItsFirstValues() {
        float[] values = new float[8];
        PhiloxNormal.fill(values, 0, 8, 7, 3, 0);
        float[] pinned = {
            0.728884f, 0.71782035f, -1.543246f, -1.1179985f, -0.99894613f, 0.25733912f, -2.2759297f, -0.31948635f
        };
        assertArrayEquals(pinned, values);
    }

    @Test
    void givesTheSameElementAloneAndInAnyRun() {
        float[] whole = new float[64];
        PhiloxNormal.fill(whole, 0, 64, 42, 1, 1_000_003);
        for (int from = 0; from < 9; from++) {
            float[] part = new float[32];
            PhiloxNormal.fill(part, 2, 29, 42, 1, 1_000_003 + from);
            for (int i = 0; i < 29; i++) {
                assertEquals(whole[from + i], part[2 + i]);
            }
        }
        assertEquals(whole[5], PhiloxNormal.value(42, 1, 1_000_008));
    }

    @Test
    void usesAllBitsOfSeedStreamAndIndex() {
        float first = PhiloxNormal.value(0, 0, 0);
        for (int bit = 0; bit < 64; bit++) {
            assertTrue(first != PhiloxNormal.value(1L << bit, 0, 0), "seed bit " + bit);
        }
        for (int bit = 0; bit < 32; bit++) {
            assertTrue(first != PhiloxNormal.value(0, 1 << bit, 0), "stream bit " + bit);
        }
        for (int bit = 2; bit < 62; bit++) {
            assertTrue(first != PhiloxNormal.value(0, 0, 1L << bit), "index bit " + bit);
        }
    }

    /** Limits are 5 standard errors of {@value #COUNT} independent normal numbers. */
    @Test
    void hasTheMomentsAndTailsOfANormalDistribution() {
        float[] values = values(11, 0);
        double[] sums = new double[5];
        int[] beyond = new int[5];
        for (float value : values) {
            for (int k = 1; k <= 4; k++) {
                sums[k] += Math.pow(value, k);
                beyond[k] += Math.abs(value) > k ? 1 : 0;
            }
        }
        double root = Math.sqrt(COUNT);
        assertEquals(0, sums[1] / COUNT, 5 / root);
        assertEquals(1, sums[2] / COUNT, 5 * Math.sqrt(2) / root);
        assertEquals(0, sums[3] / COUNT, 5 * Math.sqrt(15) / root);
        assertEquals(3, sums[4] / COUNT, 5 * Math.sqrt(96) / root);
        double[] probability = {1, 0.31731050786, 0.04550026390, 0.00269979606, 0.00006334248};
        for (int k = 1; k <= 4; k++) {
            double deviation = Math.sqrt(probability[k] * (1 - probability[k])) / root;
            assertEquals(probability[k], beyond[k] / (double) COUNT, 5 * deviation, "beyond " + k);
        }
    }

    @Test
    void hasIndependentStreamsAndNeighbours() {
        float[] one = values(11, 0);
        double limit = 5 / Math.sqrt(COUNT);
        assertEquals(0, correlation(one, values(11, 1), 0), limit, "streams");
        assertEquals(0, correlation(one, values(12, 0), 0), limit, "seeds");
        for (int lag = 1; lag <= 4; lag++) {
            assertEquals(0, correlation(one, one, lag), limit, "lag " + lag);
        }
    }

    private static double correlation(float[] a, float[] b, int lag) {
        double sum = 0;
        for (int i = 0; i + lag < COUNT; i++) {
            sum += (double) a[i] * b[i + lag];
        }
        return sum / COUNT;
    }

    private static float[] values(long seed, int stream) {
        float[] values = new float[COUNT];
        PhiloxNormal.fill(values, 0, COUNT, seed, stream, 0);
        return values;
    }

    @Test
    void staysFiniteAtTheEndsOfTheUniformRange() {
        assertTrue(PhiloxNormal.ln(0.5 * 0x1p-32) > -23 && PhiloxNormal.ln(0.5 * 0x1p-32) < -22.8);
        assertTrue(PhiloxNormal.ln((0xFFFFFFFFL + 0.5) * 0x1p-32) < 0);
    }

    @Test
    void computesItsFunctionsToRoundingError() {
        double worst = 0;
        for (int i = 0; i < 100_000; i++) {
            double u = (i * 42949.67296 + 0.5) * 0x1p-32;
            worst = Math.max(worst, relative(PhiloxNormal::ln, StrictMath::log, u));
            worst = Math.max(worst, relative(PhiloxNormal::ln, StrictMath::log, 1 - u * 1e-4));
            double a = (2 * u - 1) * Math.PI / 4;
            worst = Math.max(worst, relative(PhiloxNormal::sin, StrictMath::sin, a));
            worst = Math.max(worst, relative(PhiloxNormal::cos, StrictMath::cos, a));
        }
        assertTrue(worst < RELATIVE, "worst relative error " + worst);
    }

    private static double relative(DoubleUnaryOperator actual, DoubleUnaryOperator expected, double x) {
        double reference = expected.applyAsDouble(x);
        return Math.abs(actual.applyAsDouble(x) - reference) / Math.abs(reference);
    }
}
