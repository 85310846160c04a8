package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.MatrixReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@EveryComputeDType
class LinearAttentionTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "batch {0}, {1} queries, {2} keys, {3} heads of {4}")
    @CsvSource({
        "1, 1, 1, 1, 8",
        "2, 257, 257, 2, 28",
        "1, 1519, 1519, 1, 32",
        "2, 7, 33, 2, 80",
        "1, 64, 77, 3, 128",
        "3, 5, 9, 4, 2"
    })
    void matchesDefinition(int batch, int queries, int keys, int heads, int headDim, Arena a) {
        Tensor q = Inputs.rows(a, "q", dtype, batch, queries, heads, headDim);
        Tensor k = Inputs.rows(a, "k", dtype, batch, keys, heads, headDim);
        Tensor v = Inputs.rows(a, "v", dtype, batch, keys, heads, headDim);
        for (float eps : new float[] {1e-15f, 1e-3f}) {
            double[] expected = MatrixReference.linearAttention(exact(q), exact(k), exact(v), eps);
            double[] magnitude = MatrixReference.linearAttention(exact(q), exact(k), exact(v).abs(), eps);
            // Numerator and denominator are each a sum over keys, then over headDim.
            double relative = 2 * (Tolerance.sumOf(keys) + Tolerance.sumOf(headDim + 1));
            Tolerance tolerance = Tolerance.product(dtype, relative, expected, magnitude);
            assertClose(expected, a.linearAttention(q, k, v, eps), tolerance);
        }
    }

    /** relu(q) = 0 everywhere: 0 / eps, not 0 / 0. */
    @ParameterizedTest
    @ValueSource(floats = {1e-15f, 1e-5f})
    void negativeQueriesGiveZero(float eps, Arena a) {
        Tensor q = a.fill(dtype, -1, 1, 9, 2, 16);
        Tensor k = Inputs.normal(a, "k", dtype, 1, 5, 2, 16);
        assertExact(new double[9 * 2 * 16], a.linearAttention(q, k, k, eps));
        assertExact(
                new double[9 * 2 * 16],
                a.linearAttention(a.fill(dtype, 1, 1, 9, 2, 16), a.fill(dtype, -1, 1, 5, 2, 16), k, eps));
    }

    /** Two keys with dot products 6 and 2 on the query: (6 v0 + 2 v1) / (8 + eps). */
    @Test
    void knownNumbers(Arena a) {
        Tensor q = a.of("q", dtype, new float[] {2, -5}, 1, 1, 1, 2);
        Tensor k = a.of("k", dtype, new float[] {3, 7, 1, -7}, 1, 2, 1, 2);
        Tensor v = a.of("v", dtype, new float[] {10, -10, 50, 30}, 1, 2, 1, 2);
        assertClose(new double[] {16, 0}, a.linearAttention(q, k, v, 2f), Tolerance.element(dtype));
    }
}
