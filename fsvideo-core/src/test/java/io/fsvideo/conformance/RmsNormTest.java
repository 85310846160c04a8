package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.NormReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class RmsNormTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "1, 7, 64", "2, 257, 136", "1, 9, 5120", "1, 1519, 8", "3, 4, 1", "2, 0, 64"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, dim);
        for (float eps : new float[] {1e-6f, 1e-5f}) {
            double[] expected = NormReference.rmsNorm(exact(x), exact(weight), eps);
            assertClose(expected, a.rmsNorm(x, weight, eps), Tolerance.element(dtype));
        }
    }

    /** Root mean square of 3, 4 with eps 12.5: sqrt(25). */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {3, 4, 0, 0}, 2, 2);
        Tensor weight = a.of("weight", new float[] {10, 100}, 2);
        assertClose(new double[] {6, 80, 0, 0}, a.rmsNorm(x, weight, 12.5f), Tolerance.element(dtype));
    }
}
