package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.MatrixReference;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@EveryComputeDType
class LinearTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}] x [{2}, {1}]")
    @CsvSource({
        "1, 1, 1",
        "1, 8, 64",
        "257, 64, 136",
        "1519, 8, 20",
        "3, 5120, 136",
        "2, 136, 5120",
        "5, 7, 3",
        "64, 256, 256",
        "130, 2048, 65",
        "1, 3, 1"
    })
    void matchesDefinition(int tokens, int in, int out, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, tokens, in);
        Tensor weight = Inputs.normal(a, "weight", dtype, out, in);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, out);
        assertLinear(x, weight, bias, Activation.NONE, a);
        assertLinear(x, weight, null, Activation.NONE, a);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void appliesActivation(Activation activation, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 2, 17, 24);
        Tensor weight = Inputs.normal(a, "weight", dtype, 40, 24);
        assertLinear(x, weight, Inputs.normal(a, "bias", DType.F32, 40), activation, a);
        assertLinear(x, weight, null, activation, a);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void takesWeightsOfEitherDType(DType weightDType, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, 9, 40);
        assertLinear(x, Inputs.normal(a, "weight", weightDType, 24, 40), null, Activation.NONE, a);
    }

    private void assertLinear(Tensor x, Tensor weight, Tensor bias, Activation activation, Arena a) {
        double[] expected = MatrixReference.linear(exact(x), exact(weight), exact(bias), activation);
        double[] magnitude = MatrixReference.linear(
                exact(x).abs(),
                exact(weight).abs(),
                bias == null ? null : exact(bias).abs());
        Tensor packed = a.pack(weight, Layout.LINEAR, weight.dtype());
        int terms = (int) x.dim(-1) + 1;
        assertClose(
                expected,
                a.linear(x, packed, bias, activation),
                Products.tolerance(dtype, terms, expected, magnitude, activation));
    }

    @Test
    void leadingDimensionsAreRows(Arena a) {
        Tensor x = Inputs.normal(a, "x", dtype, 2, 3, 5, 8);
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, 4, 8), Layout.LINEAR, dtype);
        Tensor out = a.linear(x, weight, null, Activation.NONE);
        assertEquals(Shape.of(2, 3, 5, 4), out.shape());
        Tensor flat = a.linear(x.reshape(30, 8), weight, null, Activation.NONE);
        assertExact(exact(flat).data(), out);
    }

    /** Each piece has 64 rows; what is not asked for stays as it is. */
    @Test
    void isMadePieceByPiece(Arena a) {
        Tensor x = Inputs.normal(a, "x", dtype, 257, 24);
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, 40, 24), Layout.LINEAR, dtype);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, 40);
        Tensor out = a.fill(dtype, 7, 257, 40);
        a.linearInto(out.rows(64, 128), x.rows(64, 128), weight, bias);
        a.linearInto(out.rows(192, 257), x.rows(192, 257), weight, bias);
        float[] pieces = out.toFloats();
        for (int from : new int[] {0, 128}) {
            for (int i = from * 40; i < (from + 64) * 40; i++) {
                assertEquals(7, pieces[i]);
            }
        }
        Tensor alone = a.linear(a.slice(x, 0, 64, 128), weight, bias, Activation.NONE);
        assertExact(exact(alone).data(), out.rows(64, 128));
        Tensor rest = a.linear(a.slice(x, 0, 192, 257), weight, bias, Activation.NONE);
        assertExact(exact(rest).data(), out.rows(192, 257));
    }

    @Test
    void noRowsGiveNoRows(Arena a) {
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, 4, 8), Layout.LINEAR, dtype);
        Tensor out = a.linear(a.alloc("x", dtype, Shape.of(2, 0, 8)), weight, null, Activation.NONE);
        assertEquals(Shape.of(2, 0, 4), out.shape());
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, -1, 0, 2}, 2, 3);
        Tensor weight = a.of("weight", dtype, new float[] {1, 0, 0, 4, 5, 6}, 2, 3);
        Tensor bias = a.of("bias", new float[] {10, -32}, 2);
        Tensor packed = a.pack(weight, Layout.LINEAR, dtype);
        assertExact(new double[] {11, 0, 9, -24}, a.linear(x, packed, bias, Activation.NONE));
        assertExact(new double[] {11, 0, 9, 0}, a.linear(x, packed, bias, Activation.RELU));
    }
}
