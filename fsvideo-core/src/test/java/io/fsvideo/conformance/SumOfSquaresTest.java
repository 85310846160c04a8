package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
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
class SumOfSquaresTest {
    @Parameter
    DType dtype;

    /** The result is F32 whatever the input, and every term is positive: the sum is its own magnitude. */
    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "1, 7, 64", "2, 257, 136", "1, 9, 2560", "1, 1519, 8", "3, 4, 1", "3, 5, 77", "2, 0, 64"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        double[] expected = NormReference.sumOfSquares(exact(x));
        assertClose(expected, a.sumOfSquares(x), Tolerance.sum(DType.F32, dim + 1, i -> expected[i]));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {3, 4, 0, 0, -1, 2}, 3, 2);
        assertExact(new double[] {25, 0, 5}, a.sumOfSquares(x));
    }
}
