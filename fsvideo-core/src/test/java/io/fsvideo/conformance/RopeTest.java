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
class RopeTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}, {3}]")
    @CsvSource({"1, 1, 1, 2", "2, 257, 3, 28", "1, 1519, 2, 64", "3, 7, 5, 80", "1, 33, 12, 128", "2, 0, 2, 8"})
    void matchesDefinition(int batch, int tokens, int heads, int headDim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, heads, headDim);
        assertRope(x, Inputs.turns(a, 1, tokens, headDim), a);
        assertRope(x, Inputs.turns(a, batch, tokens, headDim), a);
    }

    private void assertRope(Tensor x, Tensor table, Arena a) {
        double[] values = exact(x).data();
        Tolerance tolerance = Tolerance.sum(dtype, 2, i -> Math.abs(values[i]) + Math.abs(values[i ^ 1]));
        assertClose(ElementReference.rope(exact(x), exact(table)), a.rope(x, table), tolerance);
    }

    /** Quarter turns: (a, b) -> (-b, a) on the first pair, identity on the second; both heads alike. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 4);
        Tensor table = a.of("table", new float[] {0, 1, 1, 0}, 1, 1, 2, 2);
        assertExact(new double[] {-2, 1, 3, 4, -6, 5, 7, 8}, a.rope(x, table));
    }
}
