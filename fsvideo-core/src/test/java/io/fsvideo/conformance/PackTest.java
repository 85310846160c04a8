package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.reference.LayoutReference;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@EveryComputeDType
class PackTest {
    @Parameter
    DType dtype;

    /** Linear of the identity reads the packed weight back, exactly. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16", "F16", "F8_E4M3"})
    void linearWeightFromAnyFloatDType(DType stored, Arena a) {
        for (int[] size : new int[][] {{1, 1}, {7, 3}, {136, 64}, {33, 257}}) {
            Tensor weight = Inputs.rows(a, "weight", stored, size[0], size[1]);
            Tensor packed = a.pack(weight, Layout.LINEAR, dtype);
            Tensor out = a.linear(identity(a, size[1]), packed, null, Activation.NONE);
            double[] expected = LayoutReference.permute(exact(a.cast(weight, dtype)), 1, 0);
            assertExact(expected, out);
        }
    }

    /** A 1x1 convolution of one-hot pixels reads the packed weight back. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16", "F16", "F8_E4M3"})
    void convolutionWeightFromAnyFloatDType(DType stored, Arena a) {
        for (int[] size : new int[][] {{1, 1}, {7, 3}, {40, 64}}) {
            Tensor weight = Inputs.rows(a, "weight", stored, size[0], size[1]).reshape(size[0], size[1], 1, 1, 1);
            Tensor packed = a.pack(weight, Layout.conv3d(1), dtype);
            Tensor x = identity(a, size[1]).reshape(1, 1, 1, size[1], size[1]);
            Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.valid(1, 1), 1, 1, 1);
            double[] expected = LayoutReference.permute(exact(a.cast(weight, dtype)), 1, 0, 2, 3, 4);
            assertExact(expected, a.conv3d(x, packed, null, geometry, Activation.NONE));
        }
    }

    private Tensor identity(Arena a, int size) {
        float[] values = new float[size * size];
        for (int i = 0; i < size; i++) {
            values[i * size + i] = 1;
        }
        return a.of("identity", dtype, values, size, size);
    }

    @Test
    void outlivesThePlainWeight(Arena a) {
        Tensor packed;
        try (Arena t = a.child("load")) {
            packed = t.keep(t.pack(t.of("weight", dtype, new float[] {2, 3}, 1, 2), Layout.LINEAR, dtype));
        }
        a.fill(dtype, 99, 64);
        Tensor x = a.of("x", dtype, new float[] {1, 10}, 1, 2);
        assertExact(new double[] {32}, a.linear(x, packed, null, Activation.NONE));
    }

    @Test
    void takesTheBytesAnnounced(Arena a) {
        Tensor weight = Inputs.normal(a, "weight", dtype, 24, 3, 3, 3, 3);
        Tensor packed = a.pack(weight, Layout.conv3d(1), dtype);
        assertEquals(a.backend().packedBytes(Layout.conv3d(1), dtype, weight.shape()), packed.bytes());
        assertTrue(packed.bytes() >= weight.numel() * dtype.bytes());
    }
}
