package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Learned positions of image rows, as first-last-frame models have them. */
@ExtendWith(TestArena.class)
class ImageRowsTest {
    private static final DitConfig PLAIN = new DitConfig(1, 2, 2, 8, 12, 32, 48, 16, 24, 4, 2, 2, 16, 1e-6f, "none");
    private static final DitConfig PLACED =
            new DitConfig(1, 2, 2, 8, 12, 32, 48, 16, 24, 4, 2, 2, 16, 6, 1e-6f, "none");

    private static Dit load(Arena a, DitConfig config) {
        return Weights.load(a, new RandomSource(3), DType.F32, w -> new Dit(w, config));
    }

    private static float[] velocity(Arena a, Dit dit, Tensor rows) {
        Tensor text = a.noise(DType.F32, 1, 0, 5, 24);
        Tensor x = a.noise(DType.F32, 2, 0, 1, 2, 4, 4, 12);
        return dit.forward(a, x, new float[] {500}, dit.prepare(a, List.of(text), rows))
                .toFloats();
    }

    @Test
    void areAddedToTheRowsBeforeTheirProjection(Arena a) {
        Tensor rows = a.noise(DType.F32, 4, 0, 1, 6, 16);
        Tensor positions = new RandomSource(3).load(a, "img_emb.emb_pos", Shape.of(1, 6, 16));
        float[] placed = velocity(a, load(a, PLACED), rows);
        assertArrayEquals(velocity(a, load(a, PLAIN), a.add(rows, positions)), placed);
        assertFalse(Arrays.equals(velocity(a, load(a, PLAIN), rows), placed), "positions must matter");
    }

    @Test
    void refusesAnotherNumberOfRows(Arena a) {
        Dit dit = load(a, PLACED);
        Tensor rows = a.noise(DType.F32, 4, 0, 1, 5, 16);
        assertEquals(
                "dit: image must have 6 rows, got noise [1, 5, 16] F32",
                assertThrows(ShapeException.class, () -> velocity(a, dit, rows)).getMessage());
    }

    @Test
    void surviveJson() {
        assertEquals(PLACED, DitConfig.fromJson(PLACED.toJson()));
        assertEquals(514, DitConfig.fromJson(DitConfig.wan21Flf2v14B().toJson()).imageRows());
    }
}
