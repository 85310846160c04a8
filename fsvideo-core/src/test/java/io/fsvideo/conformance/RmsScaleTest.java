package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;

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
class RmsScaleTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}] of {3}")
    @CsvSource({
        "1, 1, 8, 8",
        "1, 7, 64, 128",
        "2, 257, 136, 408",
        "1, 9, 2560, 5120",
        "1, 1519, 8, 16",
        "3, 4, 1, 2",
        "3, 5, 77, 154",
        "2, 0, 64, 64"
    })
    void matchesDefinition(int batch, int tokens, int dim, int width, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor squares = a.sumOfSquares(Inputs.rows(a, "whole", dtype, batch, tokens, width));
        Tensor weight = Inputs.normal(a, "weight", DType.F32, dim);
        for (float eps : new float[] {1e-6f, 1e-5f}) {
            double[] expected = NormReference.rmsScale(exact(x), exact(squares), exact(weight), width, eps);
            assertClose(expected, a.rmsScale(x, squares, weight, width, eps), Tolerance.element(dtype));
        }
    }

    /** Two halves of a row and the sum of their squares give the norm of the whole row. */
    @Test
    void halvesMakeTheNorm(Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, 33, 80);
        Tensor weight = Inputs.normal(a, "weight", DType.F32, 80);
        double[] whole = NormReference.rmsNorm(exact(x), exact(weight), 1e-6f);
        Tensor low = a.slice(x, 2, 0, 40);
        Tensor high = a.slice(x, 2, 40, 80);
        Tensor squares = a.add(a.sumOfSquares(low), a.sumOfSquares(high));
        Tensor left = a.rmsScale(low, squares, a.slice(weight, 0, 0, 40), 80, 1e-6f);
        Tensor right = a.rmsScale(high, squares, a.slice(weight, 0, 40, 80), 80, 1e-6f);
        assertClose(whole, a.concat(2, List.of(left, right)), Tolerance.element(dtype));
    }

    /** 25 / 2 + 12.5 = 25. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {3, 0}, 2, 1);
        Tensor squares = a.of("squares", new float[] {25, 0}, 2, 1);
        assertClose(
                new double[] {6, 0},
                a.rmsScale(x, squares, a.of("weight", new float[] {10}, 1), 2, 12.5f),
                Tolerance.element(dtype));
    }
}
