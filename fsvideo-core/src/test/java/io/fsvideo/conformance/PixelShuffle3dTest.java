package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class PixelShuffle3dTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} frames of {1}x{2}, {3} channels, factors {4} and {5}")
    @CsvSource({
        "1, 1, 1, 8, 2, 2",
        "3, 5, 7, 24, 1, 2",
        "2, 3, 4, 36, 4, 3",
        "1, 9, 31, 5, 1, 1",
        "5, 2, 2, 14, 2, 1",
        "0, 4, 4, 8, 2, 2"
    })
    void matchesDefinition(int t, int h, int w, int channels, int frames, int side, Arena a) {
        Tensor x = Inputs.normal(a, "x", dtype, 2, t, h, w, channels);
        Tensor out = a.pixelShuffle3d(x, frames, side);
        int block = frames * side * side;
        assertEquals(Shape.of(2, t * frames, h * side, w * side, channels / block), out.shape());
        assertExact(LayoutReference.pixelShuffle3d(out.shape(), exact(x)), out);
    }

    /** Rearrangement "c (it ih iw)" by hand: time slowest, then rows, then columns; output channels slowest of all. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = Inputs.counting(a, "x", dtype, 100, 1, 1, 1, 1, 16);
        double[] expected = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};
        assertExact(expected, a.pixelShuffle3d(x, 2, 2));
        Tensor row = Inputs.counting(a, "row", dtype, 100, 1, 1, 1, 2, 4);
        assertExact(new double[] {0, 1, 4, 5, 2, 3, 6, 7}, a.pixelShuffle3d(row, 1, 2));
    }
}
