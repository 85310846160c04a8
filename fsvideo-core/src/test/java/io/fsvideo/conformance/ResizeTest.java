package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class ResizeTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0}x{1} to {2}x{3}, {4} channels")
    @CsvSource({
        "1, 1, 3, 5, 8",
        "5, 7, 10, 14, 3",
        "16, 16, 16, 16, 20",
        "16, 16, 9, 31, 5",
        "33, 17, 7, 3, 64",
        "8, 8, 1, 1, 1",
        "2, 3, 257, 5, 2"
    })
    void matchesDefinition(int height, int width, int toHeight, int toWidth, int channels, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 2, 2, height, width, channels);
        Tensor nearest = a.resize(x, toHeight, toWidth, Resampling.NEAREST);
        assertExact(LayoutReference.resize(nearest.shape(), exact(x), Resampling.NEAREST), nearest);
        Tensor y = Inputs.normal(a, "y", dtype, 2, 2, height, width, channels);
        double[] expected = LayoutReference.resize(nearest.shape(), exact(y), Resampling.BICUBIC);
        // Weights add up to less than 1.5 in absolute value along each axis; they come from coordinates good to F32.
        double magnitude = 1.5 * 1.5 * Inputs.largest(exact(y).data());
        double coordinates = 4 * Math.max(height, width) * Tolerance.F32_UNIT;
        Tolerance weights = (i, value) -> coordinates * magnitude;
        Tolerance sums = Tolerance.sum(dtype, 16, i -> magnitude);
        assertClose(expected, a.resize(y, toHeight, toWidth, Resampling.BICUBIC), weights.plus(sums));
    }

    /** The numbers of ONNX's backend test resize_upsample_scales_cubic: half-pixel centres, a = -0.75. */
    @Test
    void knownBicubicNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 1, 1, 4, 4, 1);
        Tensor out = a.slice(a.resize(x, 8, 8, Resampling.BICUBIC), 2, 0, 1);
        double[] expected = {0.47265625, 0.76953125, 1.24609375, 1.875, 2.28125, 2.91015625, 3.38671875, 3.68359375};
        assertClose(expected, out, Tolerance.element(dtype));
    }

    /** A step of height 1 doubled: the cubic coefficients at 1/4 and 3/4 themselves, added up. */
    @Test
    void knownBicubicStep(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {0, 0, 0, 1, 1, 1}, 1, 1, 1, 6, 1);
        double w0 = -0.10546875;
        double w1 = 0.87890625;
        double w2 = 0.26171875;
        double w3 = -0.03515625;
        // Outputs 3 .. 8 reach across the step between inputs 2 and 3.
        double[] expected = {0, 0, 0, w3, w0, w2 + w3, w1 + w0, 1 - w0, 1 - w3, 1, 1, 1};
        assertClose(expected, a.resize(x, 1, 12, Resampling.BICUBIC), Tolerance.element(dtype));
    }

    @Test
    void knownNearestNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, 5}, 1, 1, 1, 5, 1);
        assertExact(new double[] {1, 3, 5}, a.resize(x, 1, 3, Resampling.NEAREST));
        assertExact(new double[] {1, 1, 2, 3, 3, 4, 5, 5}, a.resize(x, 1, 8, Resampling.NEAREST));
    }
}
