package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TestArena.class)
class PatchGridTest {
    private static final int BATCH = 2;
    private static final int CHANNELS = 5;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 2, 2", "2, 1, 3", "3, 2, 1"})
    void ordersTokensAndPatchesAsDefined(int pt, int ph, int pw, Arena a) {
        DitConfig c = new DitConfig(pt, ph, pw, 1, CHANNELS, 6, 1, 2, 1, CHANNELS, 1, 1, 0, 1e-6f, "none");
        int[] grid = {2, 3, 4};
        Tensor x = DitCase.normal(a, 0, BATCH, 2L * pt, 3L * ph, 4L * pw, CHANNELS);
        PatchGrid patches = PatchGrid.of(c, x);
        assertEquals(24, patches.tokens());
        float[] values = x.toFloats();
        int volume = pt * ph * pw;
        float[] slowest = new float[values.length];
        float[] fastest = new float[values.length];
        int at = 0;
        for (int b = 0; b < BATCH; b++) {
            for (int t = 0; t < 2 * pt; t++) {
                for (int h = 0; h < 3 * ph; h++) {
                    for (int w = 0; w < 4 * pw; w++) {
                        int token = ((b * grid[0] + t / pt) * grid[1] + h / ph) * grid[2] + w / pw;
                        int within = (t % pt * ph + h % ph) * pw + w % pw;
                        for (int channel = 0; channel < CHANNELS; channel++) {
                            slowest[(token * CHANNELS + channel) * volume + within] = values[at];
                            fastest[(token * volume + within) * CHANNELS + channel] = values[at++];
                        }
                    }
                }
            }
        }
        assertArrayEquals(slowest, patches.patches(a, x).toFloats());
        Tensor rows = a.of("rows", fastest, BATCH, 24, (long) volume * CHANNELS);
        Tensor positions = patches.positions(a, rows);
        assertEquals(x.shape(), positions.shape());
        assertArrayEquals(values, positions.toFloats());
    }
}
