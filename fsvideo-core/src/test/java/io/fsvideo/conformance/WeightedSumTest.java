package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;

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
class WeightedSumTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} terms [{1}, {2}]")
    @CsvSource({"1, 1, 1", "2, 257, 136", "3, 1519, 8", "7, 5, 64", "2, 0, 8"})
    void matchesDefinition(int count, int tokens, int dim, Arena a) {
        List<Tensor> terms = new ArrayList<>();
        float[] weights = new float[count];
        float[] magnitudes = new float[count];
        for (int i = 0; i < count; i++) {
            terms.add(Inputs.rows(a, "term" + i, dtype, tokens, dim));
            weights[i] = (float) Math.cos(i) * 7.5f;
            magnitudes[i] = Math.abs(weights[i]);
        }
        List<Values> values = terms.stream().map(Inputs::exact).toList();
        double[] expected = ElementReference.weightedSum(weights, values);
        double[] magnitude = ElementReference.weightedSum(
                magnitudes, values.stream().map(Values::abs).toList());
        assertClose(expected, a.weightedSum(weights, terms), Tolerance.sum(dtype, 2 * count, i -> magnitude[i]));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3}, 3);
        Tensor y = a.of("y", dtype, new float[] {10, 20, 30}, 3);
        assertExact(new double[] {4.5, 9, 13.5}, a.weightedSum(new float[] {-0.5f, 0.5f}, List.of(x, y)));
    }
}
