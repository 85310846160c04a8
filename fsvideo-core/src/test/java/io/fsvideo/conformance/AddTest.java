package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.ElementReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class AddTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}] with [{3}, {4}, {5}]")
    @CsvSource({
        "1, 1, 8, 1, 1, 8",
        "2, 257, 136, 2, 257, 136",
        "2, 257, 136, 1, 1, 136",
        "2, 257, 136, 2, 1, 136",
        "2, 257, 136, 2, 257, 1",
        "2, 257, 136, 1, 257, 1",
        "2, 257, 136, 1, 257, 136",
        "3, 5, 1519, 3, 1, 1",
        "3, 5, 7, 1, 1, 1",
        "3, 5, 1, 3, 5, 1",
        "2, 0, 8, 2, 1, 8"
    })
    void matchesDefinition(int i, int j, int k, int bi, int bj, int bk, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, i, j, k);
        Tensor y = Inputs.normal(a, "y", dtype, bi, bj, bk);
        double[] expected = ElementReference.add(exact(x), exact(y));
        double[] magnitude = ElementReference.add(exact(x).abs(), exact(y).abs());
        assertClose(expected, a.add(x, y), Tolerance.sum(dtype, 1, e -> magnitude[e]));
    }

    @Test
    void knownBroadcasts(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Tensor row = a.of("row", dtype, new float[] {10, 20, 30}, 1, 3);
        Tensor column = a.of("column", dtype, new float[] {10, 20}, 2, 1);
        assertExact(new double[] {11, 22, 33, 14, 25, 36}, a.add(x, row));
        assertExact(new double[] {11, 12, 13, 24, 25, 26}, a.add(x, column));
        assertExact(new double[] {2, 4, 6, 8, 10, 12}, a.add(x, x));
    }

    @Test
    void fiveAxes(Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 2, 3, 4, 5, 8);
        Tensor y = Inputs.normal(a, "y", dtype, 2, 1, 4, 1, 8);
        double[] magnitude = ElementReference.add(exact(x).abs(), exact(y).abs());
        double[] expected = ElementReference.add(exact(x), exact(y));
        assertClose(expected, a.add(x, y), Tolerance.sum(dtype, 1, e -> magnitude[e]));
    }
}
