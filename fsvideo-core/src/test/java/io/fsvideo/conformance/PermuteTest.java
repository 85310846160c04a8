package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class PermuteTest {
    static Stream<Arguments> cases() {
        return Stream.of(
                        new long[][] {{257, 136}, {1, 0}},
                        new long[][] {{257, 136}, {0, 1}},
                        new long[][] {{7}, {0}},
                        new long[][] {{2, 1519, 8}, {0, 2, 1}},
                        new long[][] {{3, 5, 7}, {2, 0, 1}},
                        new long[][] {{3, 5, 7}, {1, 2, 0}},
                        new long[][] {{2, 31, 3, 28}, {0, 2, 1, 3}},
                        new long[][] {{2, 5, 6, 7, 8}, {0, 4, 1, 2, 3}},
                        new long[][] {{2, 8, 5, 6, 7}, {0, 2, 3, 4, 1}},
                        new long[][] {{2, 3, 4, 5, 6}, {4, 3, 2, 1, 0}},
                        new long[][] {{1, 3, 2, 3, 2, 3, 2, 2}, {0, 1, 7, 4, 6, 3, 5, 2}},
                        new long[][] {{2, 0, 3}, {2, 1, 0}})
                .map(axes -> Arguments.of(axes[0], axes[1]));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void matchesDefinition(long[] dims, long[] order, Arena a) {
        int[] axes = Arrays.stream(order).mapToInt(axis -> (int) axis).toArray();
        for (DType dtype : DType.values()) {
            Tensor x = Inputs.counting(a, "x", dtype, 13, dims);
            assertExact(LayoutReference.permute(exact(x), axes), a.permute(x, axes));
        }
        Tensor integers = Integers.random(a, "integers", dims);
        double[] expected = LayoutReference.permute(Integers.exact(a, integers), axes);
        assertArrayEquals(expected, Integers.exact(a, a.permute(integers, axes)).data());
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = Inputs.counting(a, "x", DType.F32, 100, 1, 2, 3);
        Tensor out = a.permute(x, 2, 0, 1);
        assertEquals(Shape.of(3, 1, 2), out.shape());
        assertExact(new double[] {0, 3, 1, 4, 2, 5}, out);
    }
}
