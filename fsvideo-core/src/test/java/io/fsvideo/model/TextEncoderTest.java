package io.fsvideo.model;

import static io.fsvideo.model.DitCase.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestArena.class)
class TextEncoderTest {
    /** Rounding of two orders of summation; outputs are of size 1. */
    private static final double ROUNDING = 1e-5;

    private static TextEncoder encoder(Arena a) {
        TextEncoderConfig c = new TextEncoderConfig(50, 20, 33, 24, 3, 3, 12, 20, 40, 1e-6f);
        return Weights.load(a, new DitCase.NoisySource(), DType.F32, w -> new TextEncoder(w, c));
    }

    private static int[] ids(int length) {
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> (i * 17 + 3) % 50);
        return ids;
    }

    @Test
    void givesTheTrueRowsOfAPaddedText(Arena a) {
        TextEncoder encoder = encoder(a);
        int[] lengths = {1, 29, 40};
        int[][] padded = new int[3][];
        for (int i = 0; i < 3; i++) {
            padded[i] = Arrays.copyOf(ids(lengths[i]), 40);
        }
        Tensor together = encoder.forward(a, padded, lengths);
        for (int i = 0; i < 3; i++) {
            Tensor alone = encoder.encode(a, ids(lengths[i]));
            assertEquals(lengths[i], alone.dim(0));
            Tensor rows = a.slice(a.slice(together, 0, i, i + 1), 1, 0, lengths[i]);
            assertClose(alone.toFloats(), rows.toFloats(), ROUNDING);
        }
    }

    @Test
    void leavesOnlyItsResult(Arena a) {
        TextEncoder encoder = encoder(a);
        long before = a.bytesInUse();
        Tensor rows = encoder.encode(a, ids(7));
        assertEquals(before + rows.bytes(), a.bytesInUse());
    }

    @Test
    void namesWhatDoesNotFit(Arena a) {
        TextEncoder encoder = encoder(a);
        assertMessage(
                "textEncoder: ids must be 1..40 per text, all texts padded to the same number, got text 0 with 41 ids of length 41",
                () -> encoder.encode(a, ids(41)));
        assertMessage(
                "textEncoder: ids must be 1..40 per text, all texts padded to the same number, got text 0 with 0 ids of length 0",
                () -> encoder.encode(a, new int[0]));
        assertMessage(
                "textEncoder: ids must be 1..40 per text, all texts padded to the same number, got text 1 with 2 ids of length 2",
                () -> encoder.forward(a, new int[][] {ids(3), ids(2)}, new int[] {3, 2}));
        assertMessage(
                "textEncoder: ids must be within 0..49, got 50 in text 0; the tokenizer must belong to the model",
                () -> encoder.encode(a, new int[] {1, 50}));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(ShapeException.class, call).getMessage());
    }
}
