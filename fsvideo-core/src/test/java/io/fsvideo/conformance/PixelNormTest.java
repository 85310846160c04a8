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
class PixelNormTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} frames of {1}x{2}, {3} channels")
    @CsvSource({"1, 1, 1, 8", "3, 5, 7, 3", "2, 9, 257, 16", "1, 7, 31, 136", "1, 1, 2, 1", "0, 4, 4, 8"})
    void matchesDefinition(int frames, int height, int width, int channels, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, frames, height, width, channels);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, channels);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, channels);
        assertNorm(x, null, null, a);
        assertNorm(x, weight, null, a);
        assertNorm(x, null, bias, a);
        assertNorm(x, weight, bias, a);
    }

    private void assertNorm(Tensor x, Tensor weight, Tensor bias, Arena a) {
        for (float eps : new float[] {1e-6f, 1e-5f}) {
            double[] expected = NormReference.pixelNorm(exact(x), exact(weight), exact(bias), eps);
            assertClose(expected, a.pixelNorm(x, weight, bias, eps), Tolerance.element(dtype));
        }
    }

    /** Root mean square of 3, 4 with eps 12.5: sqrt(25). */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {3, 4, 0, 0}, 1, 1, 1, 2, 2);
        Tensor bias = a.of("bias", new float[] {1, -1}, 2);
        assertClose(new double[] {1.6, -0.2, 1, -1}, a.pixelNorm(x, null, bias, 12.5f), Tolerance.element(dtype));
    }
}
