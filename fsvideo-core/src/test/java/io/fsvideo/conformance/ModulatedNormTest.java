package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.NormReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class ModulatedNormTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "3, 7, 64", "2, 257, 136", "2, 5, 5120", "1, 1519, 8", "2, 0, 64", "2, 3, 1"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor shift = Inputs.normal(a, "shift", DType.F32, batch, dim);
        Tensor scale = Inputs.normal(a, "scale", DType.F32, batch, dim);
        double[] expected = NormReference.modulatedNorm(exact(x), exact(shift), exact(scale), 1e-6f);
        assertClose(expected, a.modulatedNorm(x, shift, scale, 1e-6f), Tolerance.element(dtype));
    }

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "2, 33, 136", "2, 3, 1536", "2, 3, 77", "1, 0, 64"})
    void ofF32InAnyDType(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", DType.F32, batch, tokens, dim);
        Tensor shift = Inputs.normal(a, "shift", DType.F32, batch, dim);
        Tensor scale = Inputs.normal(a, "scale", DType.F32, batch, dim);
        Tensor out = a.modulatedNorm(x, shift, scale, 1e-6f, dtype);
        assertEquals(dtype, out.dtype());
        double[] expected = NormReference.modulatedNorm(exact(x), exact(shift), exact(scale), 1e-6f);
        assertClose(expected, out, Tolerance.element(dtype));
    }

    /** Mean 4, variance 4, eps 5: (x - 4) / 3; each batch entry has its own shift and scale. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {2, 6, 6, 2, 2, 6, 6, 2}, 2, 2, 2);
        Tensor shift = a.of("shift", new float[] {0, 10, 20, 30}, 2, 2);
        Tensor scale = a.of("scale", new float[] {0.5f, 2, -1, 5}, 2, 2);
        double[] expected = {-1, 12, 1, 8, 20, 34, 20, 26};
        assertClose(expected, a.modulatedNorm(x, shift, scale, 5f), Tolerance.element(dtype));
    }
}
