package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TestArena.class)
class ConcatTest {
    @ParameterizedTest(name = "[{0}, {1}, {2}] along {3}: {4}")
    @CsvSource({
        "2, 257, 136, 0, 1 2 1",
        "2, 257, 136, 1, 1 7 0 300",
        "2, 257, 136, -1, 1 8 3",
        "3, 1, 1, 2, 1 1 1 1",
        "1, 5, 8, 1, 5",
        "2, 0, 8, 1, 0 0",
        "1519, 1, 8, -3, 1 1519"
    })
    void matchesDefinition(long i, long j, long k, int axis, String sizes, Arena a) {
        int index = Math.floorMod(axis, 3);
        for (DType dtype : DType.values()) {
            List<Tensor> parts = new ArrayList<>();
            for (String size : sizes.split(" ")) {
                long[] dims = {i, j, k};
                dims[index] = Long.parseLong(size);
                parts.add(Inputs.counting(a, "part", dtype, 11 + parts.size(), dims));
            }
            double[] expected =
                    LayoutReference.concat(parts.stream().map(Inputs::exact).toList(), index);
            assertExact(expected, a.concat(axis, parts));
        }
    }

    @Test
    void keepsEveryBitOfIntegers(Arena a) {
        Tensor x = Integers.random(a, "x", 3, 5);
        Tensor y = Integers.random(a, "y", 3, 2);
        double[] expected = LayoutReference.concat(List.of(Integers.exact(a, x), Integers.exact(a, y)), 1);
        assertArrayEquals(
                expected, Integers.exact(a, a.concat(1, List.of(x, y))).data());
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", new float[] {1, 2, 3, 4}, 2, 2);
        Tensor y = a.of("y", new float[] {5, 6}, 2, 1);
        assertExact(new double[] {1, 2, 5, 3, 4, 6}, a.concat(1, List.of(x, y)));
        assertExact(new double[] {1, 2, 3, 4, 1, 2, 3, 4}, a.concat(0, List.of(x, x)));
    }
}
