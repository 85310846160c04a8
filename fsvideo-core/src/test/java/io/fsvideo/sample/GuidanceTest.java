package io.fsvideo.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestArena.class)
class GuidanceTest {
    @Test
    void movesAwayFromTheUnconditionalBranch(Arena a) {
        Tensor predictions = a.of("predictions", new float[] {1, 2, 3, 0, 4, -1}, 2, 3);
        assertArrayEquals(
                new float[] {5, -6, 19}, new Guidance(5).combine(a, predictions).toFloats());
        assertArrayEquals(
                new float[] {0, 4, -1}, new Guidance(0).combine(a, predictions).toFloats());
    }

    @Test
    void putsTheSampleBehindItself(Arena a) {
        Tensor sample = a.of("sample", new float[] {1, 2}, 1, 2);
        Tensor both = new Guidance(3).input(a, sample);
        assertArrayEquals(new float[] {1, 2, 1, 2}, both.toFloats());
        assertEquals(2, both.dim(0));
    }

    @Test
    void needsNoSecondBranchAtScaleOne(Arena a) {
        Tensor sample = a.of("sample", new float[] {1, 2}, 1, 2);
        assertEquals(1, Guidance.NONE.branches());
        assertSame(sample, Guidance.NONE.input(a, sample));
        assertSame(sample, Guidance.NONE.combine(a, sample));
    }

    @Test
    void refusesWhatItCannotCombine(Arena a) {
        Tensor one = a.of("v", new float[] {1, 2}, 1, 2);
        ShapeException shape = assertThrows(ShapeException.class, () -> new Guidance(5).combine(a, one));
        assertEquals("guidance: predictions must have 2 branches, got v [1, 2] F32", shape.getMessage());
        SamplingException scale = assertThrows(SamplingException.class, () -> new Guidance(Float.NaN));
        assertEquals("guidance: scale must be finite, got NaN", scale.getMessage());
    }
}
