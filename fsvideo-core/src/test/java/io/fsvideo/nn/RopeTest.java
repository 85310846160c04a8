package io.fsvideo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TestArena.class)
class RopeTest {
    /** Pairs of a head of 128: 22 for frames, 21 for height, 21 for width; odd numbers of pairs and too few for all axes work. */
    @ParameterizedTest
    @CsvSource({"128, 22, 21, 21", "28, 6, 4, 4", "20, 4, 3, 3", "10, 3, 1, 1", "4, 2, 0, 0", "2, 1, 0, 0"})
    void givesEachAxisItsPairs(int headDim, int framePairs, int heightPairs, int widthPairs, Arena a) {
        int[] pairs = {framePairs, heightPairs, widthPairs};
        float[] table = Rope.table(a, headDim, 2, 3, 4, 30).toFloats();
        assertEquals(30 * headDim, table.length);
        int at = 0;
        for (int token = 0; token < 30; token++) {
            int[] position = {token / 12, token / 4 % 3, token % 4};
            for (int axis = 0; axis < 3; axis++) {
                for (int i = 0; i < pairs[axis]; i++) {
                    double angle = token < 24 ? position[axis] / Math.pow(10000, (double) i / pairs[axis]) : 0;
                    assertEquals(Math.cos(angle), table[at++], 1e-7);
                    assertEquals(Math.sin(angle), table[at++], 1e-7);
                }
            }
        }
    }

    @Test
    void refusesOddHeads(Arena a) {
        ShapeException e = assertThrows(ShapeException.class, () -> Rope.table(a, 7, 1, 1, 1, 1));
        assertEquals("rope: headDim must be even, got 7", e.getMessage());
    }

    @Test
    void putsCosinesBeforeSinesInTime(Arena a) {
        float[] features = TimeEmbedding.sinusoid(new float[] {733, 0}, 6);
        for (int i = 0; i < 3; i++) {
            double angle = 733 / Math.pow(10000, i / 3.0);
            assertEquals(Math.cos(angle), features[i], 1e-7);
            assertEquals(Math.sin(angle), features[3 + i], 1e-7);
            assertEquals(1, features[6 + i]);
            assertEquals(0, features[9 + i]);
        }
    }
}
