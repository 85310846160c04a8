package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.ElementReference;
import io.fsvideo.reference.NormReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class GatedAddTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "3, 7, 64", "2, 257, 136", "2, 5, 5120", "1, 1519, 8", "2, 0, 64", "2, 3, 1"})
    void matchesDefinition(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor gate = Inputs.normal(a, "gate", DType.F32, batch, dim);
        Tensor y = Inputs.normal(a, "y", dtype, batch, tokens, dim);
        double[] expected = NormReference.gatedAdd(exact(x), exact(gate), exact(y));
        double[] magnitude = NormReference.gatedAdd(exact(x).abs(), exact(gate).abs(), exact(y).abs());
        assertClose(expected, a.gatedAdd(x, gate, y), Tolerance.sum(dtype, 2, i -> magnitude[i]));
    }

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "2, 33, 136", "2, 3, 1536", "2, 3, 77", "1, 0, 64"})
    void addsAnyDTypeToF32(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", DType.F32, batch, tokens, dim);
        Tensor gate = Inputs.normal(a, "gate", DType.F32, batch, dim);
        Tensor y = Inputs.normal(a, "y", dtype, batch, tokens, dim);
        Tensor out = a.gatedAdd(x, gate, y);
        assertEquals(DType.F32, out.dtype());
        double[] magnitude = NormReference.gatedAdd(exact(x).abs(), exact(gate).abs(), exact(y).abs());
        assertClose(
                NormReference.gatedAdd(exact(x), exact(gate), exact(y)),
                out,
                Tolerance.sum(DType.F32, 2, i -> magnitude[i]));
    }

    @ParameterizedTest(name = "[{0}, {1}, {2}]")
    @CsvSource({"1, 1, 8", "2, 33, 136", "2, 3, 77"})
    void withoutGate(int batch, int tokens, int dim, Arena a) {
        Tensor x = Inputs.rows(a, "x", dtype, batch, tokens, dim);
        Tensor y = Inputs.normal(a, "y", dtype, batch, tokens, dim);
        assertClose(ElementReference.add(exact(x), exact(y)), a.gatedAdd(x, null, y), Tolerance.element(dtype));
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor x = a.of("x", dtype, new float[] {1, 2, 3, 4}, 2, 1, 2);
        Tensor gate = a.of("gate", new float[] {2, 3, 4, -5}, 2, 2);
        Tensor y = a.of("y", dtype, new float[] {10, 20, 30, 40}, 2, 1, 2);
        assertClose(new double[] {21, 62, 123, -196}, a.gatedAdd(x, gate, y), Tolerance.element(dtype));
    }
}
