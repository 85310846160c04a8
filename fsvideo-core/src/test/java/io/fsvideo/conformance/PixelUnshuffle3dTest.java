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
class PixelUnshuffle3dTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} frames of {1}x{2}, {3} channels, factors {4} and {5}")
    @CsvSource({
        "2, 2, 2, 3, 2, 2",
        "3, 10, 14, 3, 1, 2",
        "8, 9, 12, 5, 4, 3",
        "1, 9, 31, 5, 1, 1",
        "10, 2, 2, 7, 2, 1",
        "0, 4, 4, 8, 2, 2"
    })
    void matchesDefinition(int t, int h, int w, int channels, int frames, int side, Arena a) {
        Tensor x = Inputs.normal(a, "x", dtype, 2, t, h, w, channels);
        Tensor out = a.pixelUnshuffle3d(x, frames, side);
        assertExact(LayoutReference.pixelUnshuffle3d(out.shape(), exact(x)), out);
        assertExact(exact(x).data(), a.pixelShuffle3d(out, frames, side));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = Inputs.counting(a, "x", dtype, 100, 1, 2, 2, 2, 2);
        double[] expected = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15};
        assertExact(expected, a.pixelUnshuffle3d(x, 2, 2));
        Tensor row = Inputs.counting(a, "row", dtype, 100, 1, 1, 2, 4, 1);
        assertExact(new double[] {0, 1, 4, 5, 2, 3, 6, 7}, a.pixelUnshuffle3d(row, 1, 2));
    }
}
