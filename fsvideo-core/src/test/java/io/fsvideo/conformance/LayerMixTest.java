package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.ElementReference;
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
class LayerMixTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{3} states [{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8, 1", "2, 7, 64, 2", "1, 257, 136, 5", "1, 3, 5120, 40", "1, 1519, 8, 3", "2, 0, 8, 2"})
    void matchesDefinition(int batch, int tokens, int dim, int count, Arena a) {
        Tensor logits = Inputs.normal(a, "logits", dtype, batch, tokens, count);
        List<Tensor> states = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            states.add(Inputs.rows(a, "state" + i, dtype, batch, tokens, dim));
        }
        List<Values> values = states.stream().map(Inputs::exact).toList();
        double[] expected = ElementReference.layerMix(exact(logits), values);
        double[] magnitude = ElementReference.layerMix(
                exact(logits), values.stream().map(Values::abs).toList());
        // Weights are good to 1e-6, then a sum over states.
        Tolerance weights = (i, value) -> 1e-6 * magnitude[i];
        assertClose(expected, a.layerMix(logits, states), weights.plus(Tolerance.sum(dtype, count, i -> magnitude[i])));
    }

    @Test
    void logitsOfAnotherDType(Arena a) {
        Tensor logits = Inputs.normal(a, "logits", DType.F32, 1, 3, 2);
        List<Tensor> states = List.of(Inputs.normal(a, "s0", dtype, 1, 3, 8), Inputs.normal(a, "s1", dtype, 1, 3, 8));
        double[] expected = ElementReference.layerMix(
                exact(logits), states.stream().map(Inputs::exact).toList());
        assertClose(expected, a.layerMix(logits, states), Tolerance.element(dtype));
    }

    /** Huge logits pick one state, equal ones average. */
    @Test
    void knownNumbers(Arena a) {
        Tensor logits = a.of("logits", dtype, new float[] {1e4f, -1e4f, 0, 2e4f, 2e4f, -1e4f}, 1, 2, 3);
        List<Tensor> states = List.of(
                a.of("s0", dtype, new float[] {1, 2, 3, 4}, 1, 2, 2),
                a.of("s1", dtype, new float[] {10, 20, 30, 40}, 1, 2, 2),
                a.of("s2", dtype, new float[] {7, 7, 7, 7}, 1, 2, 2));
        assertClose(new double[] {1, 2, 16.5, 22}, a.layerMix(logits, states), Tolerance.element(dtype));
    }
}
