package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.ElementReference;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@EveryComputeDType
class ActivationTest {
    @Parameter
    DType dtype;

    @ParameterizedTest
    @EnumSource(Activation.class)
    void matchesDefinition(Activation activation, Arena a) {
        for (int dim : new int[] {1, 8, 136, 5120}) {
            Tensor x = Inputs.rows(a, "x" + dim, dtype, 2, 9, dim);
            assertActivation(x, activation, a);
        }
        assertActivation(a.alloc("empty", dtype, Shape.of(2, 0, 8)), activation, a);
    }

    /** A fine grid over the bend, and values where exp or x^3 leave F32. */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void gridAndExtremes(Activation activation, Arena a) {
        float[] values = new float[4096 + 10];
        for (int i = 0; i < 4096; i++) {
            values[i] = (i - 2048) / 128f;
        }
        float[] extremes = {0f, -0f, 1e-30f, -1e-30f, 100f, -100f, 1e4f, -1e4f, 1e30f, -1e30f};
        System.arraycopy(extremes, 0, values, 4096, extremes.length);
        assertActivation(a.of("grid", dtype, values, values.length), activation, a);
    }

    private void assertActivation(Tensor x, Activation activation, Arena a) {
        double[] expected = ElementReference.activation(exact(x), activation);
        assertClose(expected, a.activation(x, activation), Tolerance.element(dtype));
    }

    /** Values of standard tables: erf(1 / sqrt 2) = 0.6826894921, sigmoid(1) = 0.7310585786, tanh(0.8411920) = 0.6863794. */
    @ParameterizedTest
    @CsvSource({
        "NONE, 1, 1",
        "SILU, 1, 0.7310585786",
        "SILU, -1, -0.2689414214",
        "GELU_ERF, 1, 0.8413447461",
        "GELU_ERF, -1, -0.1586552539",
        "GELU_ERF, 2, 1.9544997361",
        "GELU_TANH, 1, 0.8411919906",
        "GELU_TANH, -1, -0.1588080094",
        "RELU, 2, 2",
        "RELU, -2, 0"
    })
    void knownNumbers(Activation activation, float x, double expected, Arena a) {
        Tensor out = a.activation(a.of("x", dtype, new float[] {x}, 1), activation);
        assertClose(new double[] {expected}, out, Tolerance.element(dtype));
    }
}
