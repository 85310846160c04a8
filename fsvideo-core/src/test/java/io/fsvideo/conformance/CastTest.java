package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class CastTest {
    private static final List<DType> FLOATS = List.of(DType.F32, DType.BF16, DType.F16, DType.F8_E4M3);

    static Stream<Arguments> floatPairs() {
        return FLOATS.stream()
                .flatMap(from -> FLOATS.stream().filter(to -> to != from).map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("floatPairs")
    void matchesDefinition(DType from, DType to, Arena a) {
        for (int dim : new int[] {0, 1, 8, 257, 5120}) {
            Tensor x = Inputs.rows(a, "x" + dim, from, 7, Math.max(1, dim)).reshape(7, Math.max(1, dim));
            assertExact(rounded(x.toFloats(), to), a.cast(x, to));
        }
        assertEquals(
                Shape.of(3, 0),
                a.cast(a.alloc("empty", from, Shape.of(3, 0)), to).shape());
    }

    /** Rounds by way of {@link Floats}, whose own tests prove every bit pattern. */
    private static double[] rounded(float[] values, DType dtype) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        Floats.encode(dtype, values, 0, values.length, bytes);
        float[] result = new float[values.length];
        Floats.decode(dtype, bytes.flip(), result, 0, values.length);
        return Values.of(result, result.length).data();
    }

    @Test
    void knownRoundings(Arena a) {
        float infinity = Float.POSITIVE_INFINITY;
        float[] values = {
            1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1.02p-8f, 0x1p-130f, 70000f, 1 + 0x1p-11f, -3.4e38f, infinity
        };
        Tensor x = a.of("x", values, values.length);
        double[] bf16 = {1, 1 + 0x1p-6, 1 + 0x1p-7, 0x1p-130, 70144, 1, -infinity, infinity};
        assertExact(bf16, a.cast(x, DType.BF16));
        double[] f16 = {1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-8, 0, infinity, 1, -infinity, infinity};
        assertExact(f16, a.cast(x, DType.F16));
    }

    @Test
    void f8Saturates(Arena a) {
        Tensor x = a.of("x", new float[] {500, -1e30f, 1.0625f, 1.1875f, 0x1p-9f, 0x1p-10f, 449}, 7);
        assertExact(new double[] {448, -448, 1, 1.25, 0x1p-9, 0, 448}, a.cast(x, DType.F8_E4M3));
    }

    @ParameterizedTest
    @MethodSource("floatPairs")
    void keepsNaN(DType from, DType to, Arena a) {
        Tensor x = a.cast(a.fill(DType.F32, Float.NaN, 19), from);
        for (float value : a.cast(x, to).toFloats()) {
            assertTrue(Float.isNaN(value));
        }
    }

    @Test
    void integersToF32(Arena a) {
        Tensor bytes = Inputs.counting(a, "bytes", DType.U8, 256, 300);
        assertExact(exact(bytes).data(), a.cast(bytes, DType.F32));
        Tensor integers = a.of("integers", DType.I32, new float[] {-7, 0, 16777216, -2147483648f}, 4);
        assertExact(new double[] {-7, 0, 16777216, -2147483648.0}, a.cast(integers, DType.F32));
    }

    @Test
    void sameDTypeIsTheTensorItself(Arena a) {
        Tensor x = Inputs.normal(a, "x", DType.F32, 4);
        assertSame(x, a.cast(x, DType.F32));
    }
}
