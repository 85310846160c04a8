package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class ChannelAverageTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}] to {2}")
    @CsvSource({"1, 8, 1", "257, 136, 17", "1519, 8, 4", "3, 5120, 64", "7, 9, 3", "5, 5, 5", "0, 8, 4"})
    void matchesDefinition(int rows, int channels, int to, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, rows, 1, 1, channels);
        Tensor out = a.channelAverage(x, to);
        double[] expected = LayoutReference.channelAverage(out.shape(), exact(x));
        double[] magnitude = LayoutReference.channelAverage(out.shape(), exact(x).abs());
        assertClose(expected, out, Tolerance.sum(dtype, channels / to + 1, i -> magnitude[i]));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 3, 5, 7, 10, 20, 30, 40}, 2, 4);
        assertExact(new double[] {2, 6, 15, 35}, a.channelAverage(x, 2));
    }
}
