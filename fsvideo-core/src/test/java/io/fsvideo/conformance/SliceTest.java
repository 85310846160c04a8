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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TestArena.class)
class SliceTest {
    @ParameterizedTest(name = "[{0}, {1}, {2}] along {3}: {4}..{5}")
    @CsvSource({
        "2, 257, 136, 0, 1, 2",
        "2, 257, 136, 1, 3, 250",
        "2, 257, 136, 2, 128, 136",
        "2, 257, 136, -1, 5, 6",
        "2, 257, 136, -2, 0, 257",
        "2, 257, 136, 1, 9, 9",
        "3, 0, 8, 1, 0, 0",
        "1, 1519, 1, 1, 1518, 1519"
    })
    void matchesDefinition(long i, long j, long k, int axis, int from, int to, Arena a) {
        int index = Math.floorMod(axis, 3);
        for (DType dtype : DType.values()) {
            Tensor x = Inputs.counting(a, "x", dtype, 13, i, j, k);
            Tensor out = a.slice(x, axis, from, to);
            assertExact(LayoutReference.slice(out.shape(), exact(x), index, from), out);
        }
        Tensor integers = Integers.random(a, "integers", i, j, k);
        Tensor out = a.slice(integers, axis, from, to);
        double[] expected = LayoutReference.slice(out.shape(), Integers.exact(a, integers), index, from);
        assertArrayEquals(expected, Integers.exact(a, out).data());
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = Inputs.counting(a, "x", DType.F32, 100, 2, 3, 2);
        Tensor out = a.slice(x, 1, 1, 3);
        assertEquals(Shape.of(2, 2, 2), out.shape());
        assertExact(new double[] {2, 3, 4, 5, 8, 9, 10, 11}, out);
    }
}
