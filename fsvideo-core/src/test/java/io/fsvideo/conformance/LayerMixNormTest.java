package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.NormReference;
import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class LayerMixNormTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{3} states [{0}, {1}, {2}]")
    @CsvSource({
        "1, 1, 8, 1",
        "2, 7, 64, 2",
        "1, 257, 136, 5",
        "2, 2, 5120, 40",
        "1, 1519, 8, 3",
        "2, 3, 77, 33",
        "2, 0, 8, 2"
    })
    void matchesDefinition(int batch, int tokens, int dim, int count, Arena a) {
        assertMixNorm(dtype, dtype, batch, tokens, dim, count, a);
    }

    @ParameterizedTest(name = "{3} states [{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8, 1", "2, 33, 136, 3", "2, 3, 1536, 12", "2, 3, 77, 5"})
    void ofF32InAnyDType(int batch, int tokens, int dim, int count, Arena a) {
        assertMixNorm(DType.F32, dtype, batch, tokens, dim, count, a);
    }

    /** {@code of} of the states, {@code as} of logits and result. */
    private static void assertMixNorm(DType of, DType as, int batch, int tokens, int dim, int count, Arena a) {
        Tensor logits = Inputs.normal(a, "logits", as, batch, tokens, count);
        List<Tensor> states = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            states.add(Inputs.normal(a, "state" + i, of, batch, tokens, dim));
        }
        Tensor shift = Inputs.normal(a, "shift", DType.F32, batch, dim);
        Tensor scale = Inputs.normal(a, "scale", DType.F32, batch, dim);
        List<Values> values = states.stream().map(Inputs::exact).toList();
        double[] expected = NormReference.layerMixNorm(exact(logits), values, exact(shift), exact(scale), 1e-6f);
        Tensor out = a.layerMixNorm(logits, states, shift, scale, 1e-6f, as);
        assertEquals(as, out.dtype());
        // Weights are good to 1e-6 of sums of up to 40 states that the norm makes up to sqrt(40) times larger.
        Tolerance weights = (i, value) -> 1e-6 * count;
        assertClose(expected, out, weights.plus(Tolerance.element(as)));
    }

    /** The logits pick the second state: mean 4, variance 4, eps 5: (x - 4) / 3. */
    @Test
    void knownNumbers(Arena a) {
        Tensor logits = a.of("logits", dtype, new float[] {-1e4f, 1e4f}, 1, 1, 2);
        List<Tensor> states = List.of(
                a.of("s0", dtype, new float[] {100, -7}, 1, 1, 2), a.of("s1", dtype, new float[] {2, 6}, 1, 1, 2));
        Tensor shift = a.of("shift", new float[] {0, 10}, 1, 2);
        Tensor scale = a.of("scale", new float[] {0.5f, 2}, 1, 2);
        Tensor out = a.layerMixNorm(logits, states, shift, scale, 5f, dtype);
        assertClose(new double[] {-1, 12}, out, Tolerance.element(dtype));
    }
}
