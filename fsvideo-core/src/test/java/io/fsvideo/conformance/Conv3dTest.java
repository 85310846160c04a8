package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.MatrixReference;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@EveryComputeDType
class Conv3dTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "{0} -> {1} in {2} groups, {3}x{4}x{4}, {5} frames of {6}x{7}")
    @CsvSource({
        "3, 16, 1, 3, 3, 5, 8, 8",
        "16, 3, 1, 3, 3, 2, 7, 9",
        "16, 16, 1, 3, 3, 1, 5, 5",
        "64, 64, 1, 1, 3, 3, 9, 7",
        "24, 40, 1, 3, 3, 4, 1, 1",
        "32, 64, 1, 1, 1, 3, 5, 3",
        "136, 8, 1, 1, 1, 1, 3, 3",
        "24, 24, 24, 1, 5, 2, 6, 7",
        "24, 24, 24, 3, 3, 3, 5, 6",
        "136, 136, 136, 1, 3, 1, 4, 4",
        "24, 48, 6, 1, 1, 2, 3, 5",
        "12, 8, 4, 3, 3, 3, 4, 5",
        "1, 1, 1, 3, 3, 3, 17, 1",
        "7, 5, 1, 1, 3, 2, 1, 9",
        "8, 16, 1, 3, 3, 2, 67, 45",
        "16, 16, 16, 1, 5, 1, 97, 65"
    })
    void matchesDefinition(int in, int out, int groups, int kt, int side, int frames, int height, int width, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 2, frames, height, width, in);
        Tensor weight = Inputs.normal(a, "weight", dtype, out, in / groups, kt, side, side);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, out);
        Conv3dGeometry causal = Conv3dGeometry.same(FrameTaps.causal(frames, kt), side, side, groups);
        assertConv(x, weight, bias, causal, Activation.NONE, a);
        assertConv(
                x,
                weight,
                null,
                Conv3dGeometry.same(FrameTaps.same(frames, kt), side, side, groups),
                Activation.NONE,
                a);
        assertConv(
                x,
                weight,
                bias,
                Conv3dGeometry.same(FrameTaps.zero(frames, kt), side, side, groups),
                Activation.NONE,
                a);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void appliesActivation(Activation activation, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, 3, 5, 6, 8);
        Tensor weight = Inputs.normal(a, "weight", dtype, 12, 8, 3, 3, 3);
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.causal(3, 3), 3, 3, 1);
        assertConv(x, weight, Inputs.normal(a, "bias", DType.F32, 12), geometry, activation, a);
        assertConv(x, weight, null, geometry, activation, a);
        Tensor depthwise = Inputs.normal(a, "depthwise", dtype, 8, 1, 1, 3, 3);
        assertConv(x, depthwise, null, Conv3dGeometry.same(FrameTaps.causal(3, 1), 3, 3, 8), activation, a);
    }

    /** Rows and columns of zeros on some sides only, as downsampling convolutions have them. */
    @ParameterizedTest(name = "{0} groups, {1}x{2}, stride {3}, pad {4} {5} {6} {7}")
    @CsvSource({
        "1, 8, 8, 2, 0, 1, 0, 1",
        "1, 7, 9, 2, 0, 1, 0, 1",
        "1, 9, 6, 2, 1, 1, 1, 1",
        "1, 5, 5, 1, 0, 0, 0, 0",
        "1, 5, 7, 1, 2, 0, 0, 3",
        "1, 3, 3, 2, 0, 0, 0, 0",
        "12, 8, 7, 2, 0, 1, 0, 1",
        "3, 6, 8, 2, 1, 0, 0, 1",
        "1, 10, 11, 3, 1, 1, 1, 1"
    })
    void stridesAndPadding(
            int groups, int height, int width, int stride, int top, int bottom, int left, int right, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, 3, height, width, 12);
        Tensor weight = Inputs.normal(a, "weight", dtype, 24, 12 / groups, 1, 3, 3);
        FrameTaps taps = FrameTaps.valid(3, 1);
        Conv3dGeometry geometry = new Conv3dGeometry(taps, stride, top, bottom, left, right, groups);
        assertConv(x, weight, Inputs.normal(a, "bias", DType.F32, 24), geometry, Activation.NONE, a);
    }

    @ParameterizedTest(name = "kernel {0} reads {1}")
    @CsvSource({
        "1, 2 0 1 1 3",
        "1, -1 0 -1",
        "2, 0 0 3 1 -1 2",
        "3, 3 2 1 0 0 0",
        "3, -1 -1 -1 -1 -1 0",
        "3, 0 1 2 2 3 3",
        "4, 0 1 2 3",
        "2, -1 -1"
    })
    void readsTheFramesOfTheTable(int kernel, String frames, Arena a) {
        int[] sources = java.util.Arrays.stream(frames.split(" "))
                .mapToInt(Integer::parseInt)
                .toArray();
        Tensor x = Inputs.rows(a, "x", dtype, 2, 4, 3, 5, 8);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, 8);
        FrameTaps taps = FrameTaps.of(kernel, sources);
        assertConv(
                x,
                Inputs.normal(a, "weight", dtype, 8, 8, kernel, 3, 3),
                bias,
                Conv3dGeometry.same(taps, 3, 3, 1),
                Activation.NONE,
                a);
        assertConv(
                x,
                Inputs.normal(a, "deep", dtype, 8, 1, kernel, 3, 3),
                bias,
                Conv3dGeometry.same(taps, 3, 3, 8),
                Activation.SILU,
                a);
        assertConv(
                x,
                Inputs.normal(a, "time", dtype, 8, 8, kernel, 1, 1),
                null,
                Conv3dGeometry.same(taps, 1, 1, 1),
                Activation.NONE,
                a);
    }

    @Test
    void strideInTimeIsATable(Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 1, 5, 4, 4, 6);
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.of(3, 0, 0, 0, 0, 1, 2, 2, 3, 4), 3, 3, 1);
        assertConv(x, Inputs.normal(a, "weight", dtype, 10, 6, 3, 3, 3), null, geometry, Activation.NONE, a);
    }

    private void assertConv(
            Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation, Arena a) {
        double[] expected = MatrixReference.conv3d(exact(x), exact(weight), exact(bias), geometry, activation);
        double[] magnitude = MatrixReference.conv3d(
                exact(x).abs(),
                exact(weight).abs(),
                bias == null ? null : exact(bias).abs(),
                geometry);
        Tensor packed = a.pack(weight, Layout.conv3d(geometry.groups()), dtype);
        int terms = exact(weight).count(1, 5) + 1;
        assertClose(
                expected,
                a.conv3d(x, packed, bias, geometry, activation),
                Products.tolerance(dtype, terms, expected, magnitude, activation));
    }

    @Test
    void noFramesGiveNoFrames(Arena a) {
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, 4, 8, 3, 3, 3), Layout.conv3d(1), dtype);
        Tensor empty = a.alloc("empty", dtype, Shape.of(1, 0, 5, 6, 8));
        Tensor short2 = Inputs.normal(a, "x", dtype, 1, 2, 5, 6, 8);
        Conv3dGeometry none = Conv3dGeometry.same(FrameTaps.valid(0, 3), 3, 3, 1);
        assertEquals(
                Shape.of(1, 0, 5, 6, 4),
                a.conv3d(empty, weight, null, none, Activation.NONE).shape());
        Conv3dGeometry tooShort = Conv3dGeometry.same(FrameTaps.valid(2, 3), 3, 3, 1);
        assertEquals(
                Shape.of(1, 0, 5, 6, 4),
                a.conv3d(short2, weight, null, tooShort, Activation.NONE).shape());
    }

    /** No input frame at all, but output frames that read zeros: the bias. */
    @Test
    void framesOfZerosNeedNoInput(Arena a) {
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, 2, 3, 2, 3, 3), Layout.conv3d(1), dtype);
        Tensor empty = a.alloc("empty", dtype, Shape.of(1, 0, 2, 2, 3));
        Conv3dGeometry zeros = Conv3dGeometry.same(FrameTaps.of(2, FrameTaps.ZERO, FrameTaps.ZERO), 3, 3, 1);
        Tensor bias = a.of("bias", new float[] {3, -4}, 2);
        double[] expected = {3, -4, 3, -4, 3, -4, 3, -4};
        assertExact(expected, a.conv3d(empty, weight, bias, zeros, Activation.NONE));
    }

    /** A 2x2x2 kernel on two frames of 2x2, causal, written out. */
    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 2, 2, 1);
        Tensor weight = a.of("weight", dtype, new float[] {1, 10, 20, 40, 2, 4, 8, 16}, 1, 1, 2, 2, 2);
        Tensor packed = a.pack(weight, Layout.conv3d(1), dtype);
        Conv3dGeometry valid = new Conv3dGeometry(FrameTaps.causal(2, 2), 1, 0, 0, 0, 0, 1);
        double first = 1 + 20 + 60 + 160 + 2 + 8 + 24 + 64;
        double second = 1 + 20 + 60 + 160 + 10 + 24 + 56 + 128;
        Tensor out = a.conv3d(x, packed, null, valid, Activation.NONE);
        assertClose(new double[] {first, second}, out, Tolerance.element(dtype));
        Conv3dGeometry padded = new Conv3dGeometry(FrameTaps.of(2, 0, 1), 1, 1, 0, 1, 0, 1);
        double[] corners = {
            40 + 5 * 16,
            20 + 2 * 40 + 5 * 8 + 6 * 16,
            10 + 3 * 40 + 5 * 4 + 7 * 16,
            241 + 5 * 2 + 6 * 4 + 7 * 8 + 8 * 16
        };
        assertClose(corners, a.conv3d(x, packed, null, padded, Activation.NONE), Tolerance.element(dtype));
    }

    /** Output channel o of group g sees only that group's inputs. */
    @Test
    void knownGroups(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4}, 1, 1, 1, 1, 4);
        Tensor weight = a.of("weight", dtype, new float[] {1, 10, 2, 20, 3, 30, 4, 40}, 4, 2, 1, 1, 1);
        Conv3dGeometry grouped = Conv3dGeometry.same(FrameTaps.valid(1, 1), 1, 1, 2);
        Tensor packed = a.pack(weight, Layout.conv3d(2), dtype);
        assertClose(
                new double[] {21, 42, 129, 172},
                a.conv3d(x, packed, null, grouped, Activation.NONE),
                Tolerance.element(dtype));
    }
}
