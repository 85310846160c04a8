package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.ElementReference;
import io.fsvideo.reference.NormReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class QkNormRopeTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}, {3}]")
    @CsvSource({
        "1, 1, 1, 2",
        "2, 257, 3, 28",
        "1, 1519, 2, 8",
        "3, 7, 5, 80",
        "1, 9, 40, 128",
        "2, 3, 12, 6",
        "2, 0, 2, 8"
    })
    void matchesDefinition(int batch, int tokens, int heads, int headDim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, heads * headDim).reshape(batch, tokens, heads, headDim);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, heads * headDim);
        assertQkNormRope(x, weight, Inputs.turns(a, 1, tokens, headDim), a);
        assertQkNormRope(x, weight, Inputs.turns(a, batch, tokens, headDim), a);
    }

    private void assertQkNormRope(Tensor x, Tensor weight, Tensor table, Arena a) {
        double[] expected = ElementReference.qkNormRope(exact(x), exact(weight), exact(table), 1e-6f);
        double[] normed =
                NormReference.rmsNorm(exact(x.reshape(x.dim(0), x.dim(1), x.dim(2) * x.dim(3))), exact(weight), 1e-6f);
        // The norm in F32, then two products and their sum, which may cancel; one rounding to the dtype.
        Tolerance pair =
                (i, value) -> Tolerance.ATOL + Tolerance.RTOL * (Math.abs(normed[i]) + Math.abs(normed[i ^ 1]));
        assertClose(expected, a.qkNormRope(x, weight, table, 1e-6f), pair.plus(Tolerance.element(dtype)));
    }

    /** Mean square 3.75 over both heads, eps 0.25: halves; then a quarter turn of each head's pair. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 1, 3}, 1, 1, 2, 2);
        Tensor weight = a.of("weight", new float[] {2, 4, 6, 8}, 4);
        Tensor table = a.of("table", new float[] {0, 1}, 1, 1, 1, 2);
        assertClose(new double[] {-4, 1, -12, 3}, a.qkNormRope(x, weight, table, 0.25f), Tolerance.element(dtype));
    }
}
