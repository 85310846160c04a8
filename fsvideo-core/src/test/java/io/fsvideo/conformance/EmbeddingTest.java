package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertExact;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.ElementReference;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class EmbeddingTest {
    @Parameter
    DType dtype;

    @ParameterizedTest(name = "[{0}, {1}] of [{2}, {3}]")
    @CsvSource({"1, 1, 1, 8", "2, 257, 100, 136", "1, 1519, 7, 3", "3, 5, 9, 5120", "2, 0, 4, 8"})
    void matchesDefinition(int batch, int tokens, int rows, int dim, Arena a) {
        Tensor table = Inputs.rows(a, "table", dtype, rows, dim);
        Tensor ids = Inputs.counting(a, "ids", DType.I32, rows, batch, tokens);
        Tensor out = a.embedding(ids, table);
        assertEquals(Shape.of(batch, tokens, dim), out.shape());
        assertExact(ElementReference.embedding(exact(ids), exact(table)), out);
    }

    @Test
    void knownNumbers(Arena a) {
        Tensor table = a.of("table", dtype, new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        Tensor ids = a.of("ids", DType.I32, new float[] {2, 0, 2}, 3);
        assertExact(new double[] {5, 6, 1, 2, 5, 6}, a.embedding(ids, table));
    }
}
