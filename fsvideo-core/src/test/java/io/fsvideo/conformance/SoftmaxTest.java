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
class SoftmaxTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 1", "2, 257, 136", "1, 1519, 8", "3, 5, 5120", "4, 7, 3", "2, 0, 8"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        assertClose(ElementReference.softmax(exact(x)), a.softmax(x), Tolerance.element(dtype));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, -1e30f, 1e30f, 3e4f, 3e4f, -3e38f, -3e38f}, 5, 2);
        double low = 1 / (1 + Math.E);
        double[] expected = {low, 1 - low, low, 1 - low, 0, 1, 0.5, 0.5, 0.5, 0.5};
        assertClose(expected, a.softmax(x), Tolerance.element(dtype));
    }

    @Test
    void minusInfinityIsNoWeight(Arena a) {
        float none = Float.NEGATIVE_INFINITY;
        Tensor x = a.of("x", dtype, new float[] {none, 5, none, 5}, 1, 4);
        assertClose(new double[] {0, 0.5, 0, 0.5}, a.softmax(x), Tolerance.element(dtype));
    }
}
