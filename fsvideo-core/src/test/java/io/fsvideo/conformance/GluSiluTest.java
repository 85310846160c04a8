package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
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
class GluSiluTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}]")
    @CsvSource({"1, 2", "7, 6", "257, 136", "1519, 8", "3, 10240", "0, 8"})
    void matchesDefinition(int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, tokens, dim);
        double[] expected = ElementReference.gluSilu(exact(x));
        assertClose(expected, a.gluSilu(x), Tolerance.element(dtype));
    }

    /** The second half is the gate. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {3, -2, 1, 0}, 1, 4);
        assertClose(new double[] {3 * 0.7310585786, 0}, a.gluSilu(x), Tolerance.element(dtype));
        Tensor y = a.of("y", dtype, new float[] {2, -1}, 1, 1, 1, 1, 2);
        assertClose(new double[] {2 * -0.2689414214}, a.gluSilu(y), Tolerance.element(dtype));
    }
}
