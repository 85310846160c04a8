package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.MatrixReference;
import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class LinearGatedAddTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}] -> {3}")
    @CsvSource({
        "1, 1, 1, 1",
        "1, 1, 8, 64",
        "2, 131, 64, 136",
        "1, 1519, 8, 20",
        "3, 5, 520, 136",
        "2, 3, 7, 3",
        "2, 0, 8, 4"
    })
    void matchesDefinition(int batch, int tokens, int in, int out, Arena a) {
        Case c = new Case(a, dtype, batch, tokens, in, out);
        c.assertMatches(c.residual(dtype), c.gate, c.bias);
        c.assertMatches(c.residual(dtype), null, null);
    }

    /** The residual stream of a transformer that computes in BF16. */
    @ParameterizedTest(name = "[{0}, {1}, {2}] -> {3}")
    @CsvSource({"1, 1, 8, 64", "2, 131, 64, 136", "2, 3, 7, 3"})
    void addsToAnF32Residual(int batch, int tokens, int in, int out, Arena a) {
        Case c = new Case(a, dtype, batch, tokens, in, out);
        c.assertMatches(c.residual(DType.F32), c.gate, c.bias);
        c.assertMatches(c.residual(DType.F32), null, c.bias);
    }

    @ParameterizedTest
    @CsvSource({"F32", "BF16"})
    void takesWeightsOfEitherDType(DType weightDType, Arena a) {
        Case c = new Case(a, dtype, 2, 9, 40, 24, weightDType);
        c.assertMatches(c.residual(DType.F32), c.gate, c.bias);
    }

    private static final class Case {
        private final Arena a;
        private final DType dtype;
        private final Tensor x;
        private final Tensor weight;
        private final Tensor bias;
        private final Tensor gate;

        Case(Arena a, DType dtype, int batch, int tokens, int in, int out) {
            this(a, dtype, batch, tokens, in, out, dtype);
        }

        Case(Arena a, DType dtype, int batch, int tokens, int in, int out, DType weightDType) {
            this.a = a;
            this.dtype = dtype;
            x = Inputs.rows(a, "x", dtype, batch, tokens, in);
            weight = Inputs.normal(a, "weight", weightDType, out, in);
            bias = Inputs.normal(a, "bias", DType.F32, out);
            gate = Inputs.normal(a, "gate", DType.F32, batch, out);
        }

        Tensor residual(DType of) {
            return Inputs.normal(a, "residual", of, x.dim(0), x.dim(1), weight.dim(0));
        }

        void assertMatches(Tensor residual, Tensor factor, Tensor term) {
            double[] expected = definition(exact(x), exact(weight), exact(term), exact(residual), exact(factor));
            double[] magnitude = definition(
                    exact(x).abs(),
                    exact(weight).abs(),
                    abs(term),
                    exact(residual).abs(),
                    abs(factor));
            Values none =
                    new Values(new double[expected.length], exact(residual).dims());
            double[] product = definition(exact(x), exact(weight), exact(term), none, exact(factor));
            Tensor packed = a.pack(weight, Layout.LINEAR, weight.dtype());
            Tensor out = a.linearGatedAdd(x, packed, term, residual, factor);
            assertEquals(residual.dtype(), out.dtype());
            double sum = Tolerance.sumOf((int) x.dim(2) + 2);
            // The plain BF16 definition rounds the product by half an ulp; twice that is allowed.
            double rounding = dtype == DType.BF16 ? 0x1p-8 : 0;
            Tolerance sums = (i, value) -> sum * magnitude[i] + rounding * Math.abs(product[i]);
            assertClose(expected, out, sums.plus(Tolerance.element(residual.dtype())));
        }

        private static double[] definition(Values x, Values w, Values bias, Values residual, Values gate) {
            return MatrixReference.linearGatedAdd(x, w, bias, residual, gate);
        }

        private static Values abs(Tensor tensor) {
            return tensor == null ? null : exact(tensor).abs();
        }
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, -1, 0, 2}, 2, 1, 3);
        Tensor weight = a.pack(a.of("weight", dtype, new float[] {1, 0, 0, 4, 5, 6}, 2, 3), Layout.LINEAR, dtype);
        Tensor bias = a.of("bias", new float[] {10, -32}, 2);
        Tensor residual = a.of("residual", dtype, new float[] {1, 2, 3, 4}, 2, 1, 2);
        Tensor gate = a.of("gate", new float[] {2, 3, 4, -1}, 2, 2);
        assertExact(new double[] {23, 2, 39, 28}, a.linearGatedAdd(x, weight, bias, residual, gate));
        assertExact(new double[] {12, 2, 12, -20}, a.linearGatedAdd(x, weight, bias, residual, null));
    }
}
