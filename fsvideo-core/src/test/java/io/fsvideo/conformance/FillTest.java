package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(TestArena.class)
class FillTest {
    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "F8_E4M3")
    void everyElement(DType dtype, Arena a) {
        for (int count : new int[] {0, 1, 8, 257, 1519, 100_003}) {
            double[] expected = new double[count];
            Arrays.fill(expected, 3);
            assertExact(expected, a.fill(dtype, 3f, count));
            assertExact(new double[count], a.fill(dtype, 0f, count));
        }
    }

    @Test
    void roundsToTheDType(Arena a) {
        assertExact(new double[] {1 + 0x1p-7, 1 + 0x1p-7}, a.fill(DType.BF16, 1 + 0x1.02p-8f, 2));
        assertExact(new double[] {-7, -7}, a.fill(DType.I32, -7.9f, 2));
        assertExact(new double[] {255}, a.fill(DType.U8, 255f, 1));
        assertExact(new double[] {-0.1f}, a.fill(DType.F32, -0.1f, 1));
    }
}
