package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.NormReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class LayerNormTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "1, 7, 64", "2, 257, 136", "1, 9, 5120", "1, 1519, 8", "3, 4, 1", "2, 0, 64"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, dim);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, dim);
        for (float eps : new float[] {1e-6f, 1e-5f}) {
            double[] plain = NormReference.layerNorm(exact(x), null, null, eps);
            assertClose(plain, a.layerNorm(x, null, null, eps), Tolerance.element(dtype));
            double[] affine = NormReference.layerNorm(exact(x), exact(weight), exact(bias), eps);
            assertClose(affine, a.layerNorm(x, weight, bias, eps), Tolerance.element(dtype));
        }
    }

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "2, 33, 136", "2, 3, 1536", "2, 3, 77", "1, 0, 64"})
    void ofF32InAnyDType(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", DType.F32, batch, tokens, dim);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, dim);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, dim);
        Tensor out = a.layerNorm(x, weight, bias, 1e-6f, dtype);
        assertEquals(dtype, out.dtype());
        double[] expected = NormReference.layerNorm(exact(x), exact(weight), exact(bias), 1e-6f);
        assertClose(expected, out, Tolerance.element(dtype));
    }

    /** mean(x^2) - mean(x)^2 would lose the variance of numbers around 1000. */
    @Test
    void varianceSurvivesALargeMean(Arena a) {
        int dim = 136;
        Tensor x = a.add(Inputs.normal(a, "x", dtype, 5, dim), a.fill(dtype, 1000, 1, 1));
        double[] expected = NormReference.layerNorm(exact(x), null, null, 1e-6);
        // The mean is off by its rounding errors, relative to a standard deviation of at least 1/2.
        Tolerance mean = Tolerance.sum(dtype, dim, i -> 2 * 1000);
        assertClose(expected, a.layerNorm(x, null, null, 1e-6f), mean.plus(Tolerance.element(dtype)));
    }

    /** Rows a little and far from zero beside each other: a backend may sum them in different ways. */
    @ParameterizedTest
    @CsvSource({"0", "1.5", "3", "30"})
    void rowsAtAnyDistanceFromZero(float distance, Arena a) {
        int dim = 1536;
        Tensor near = Inputs.normal(a, "near", dtype, 1, 23, dim);
        Tensor far = a.add(Inputs.normal(a, "far", dtype, 1, 23, dim), a.fill(dtype, distance, 1, 1, 1));
        Tensor x = a.concat(1, List.of(near, far));
        double[] expected = NormReference.layerNorm(exact(x), null, null, 1e-6);
        Tolerance mean = Tolerance.sum(dtype, dim, i -> distance);
        assertClose(expected, a.layerNorm(x, null, null, 1e-6f), mean.plus(Tolerance.element(dtype)));
    }

    /** Mean 4, variance 4, eps 5: (x - 4) / 3. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {2, 6, 7, 7}, 2, 2);
        Tensor weight = a.of("weight", new float[] {3, 30}, 2);
        Tensor bias = a.of("bias", new float[] {1, 2}, 2);
        assertClose(new double[] {-1, 22, 1, 2}, a.layerNorm(x, weight, bias, 5f), Tolerance.element(dtype));
    }
}
