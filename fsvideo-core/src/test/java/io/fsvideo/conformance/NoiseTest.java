package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.PhiloxNormal;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class NoiseTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} elements, seed {1}, stream {2}")
    @CsvSource({"0, 1, 0", "1, 1, 0", "3, -1, 1", "257, 123456789012345, -7", "1519, 0, 2147483647", "100003, 42, 3"})
    void matchesSpecification(int count, long seed, int stream, Arena a) {
        float[] expected = new float[count];
        for (int i = 0; i < count; i++) {
            float value = PhiloxNormal.value(seed, stream, i);
            expected[i] = dtype == DType.BF16 ? Floats.fromBf16(Floats.toBf16(value)) : value;
        }
        assertExact(Values.of(expected, count).data(), a.noise(dtype, seed, stream, count));
    }

    /** The first Philox-4x32-10 block under counter and key 0, as Random123 publishes it, through Box and Muller. */
    @Test
    void knownAnswer(Arena a) {
        long[] words = {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L};
        double[] expected = new double[4];
        for (int pair = 0; pair < 4; pair += 2) {
            double radius = Math.sqrt(-2 * Math.log((words[pair] + 0.5) * 0x1p-32));
            expected[pair] = radius * Math.cos(2 * Math.PI * words[pair + 1] * 0x1p-32);
            expected[pair + 1] = radius * Math.sin(2 * Math.PI * words[pair + 1] * 0x1p-32);
        }
        assertClose(expected, a.noise(dtype, 0, 0, 4), Tolerance.element(dtype));
    }

    @Test
    void dependsOnPositionSeedAndStreamOnly(Arena a) {
        double[] flat = exact(a.noise(dtype, 5, 6, 210)).data();
        assertExact(flat, a.noise(dtype, 5, 6, 2, 3, 5, 7));
        assertFalse(Arrays.equals(flat, exact(a.noise(dtype, 6, 6, 210)).data()));
        assertFalse(Arrays.equals(flat, exact(a.noise(dtype, 5, 7, 210)).data()));
    }

    @Test
    void isStandardNormal(Arena a) {
        double[] values = exact(a.noise(dtype, 11, 0, 100_000)).data();
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
        long tails = Arrays.stream(values).filter(v -> Math.abs(v) > 1.959964).count();
        // Five standard errors each.
        assertEquals(0, mean, 5 / Math.sqrt(1e5));
        assertEquals(1, variance, 5 * Math.sqrt(2 / 1e5));
        assertEquals(5000, tails, 5 * Math.sqrt(5000 * 0.95) + (dtype == DType.BF16 ? 200 : 0));
    }
}
