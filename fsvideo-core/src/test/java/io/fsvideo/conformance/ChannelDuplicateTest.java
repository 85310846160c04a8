package io.fsvideo.conformance;

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
class ChannelDuplicateTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}] to {2}")
    @CsvSource({"1, 1, 8", "257, 17, 136", "1519, 4, 8", "3, 64, 5120", "7, 3, 9", "5, 5, 5", "0, 4, 8"})
    void matchesDefinition(int rows, int channels, int to, Arena a) {
        Tensor x = Inputs.normal(a, "x", dtype, 1, rows, 1, 1, channels);
        Tensor out = a.channelDuplicate(x, to);
        assertExact(LayoutReference.channelDuplicate(out.shape(), exact(x)), out);
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4}, 2, 2);
        assertExact(new double[] {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}, a.channelDuplicate(x, 6));
    }
}
