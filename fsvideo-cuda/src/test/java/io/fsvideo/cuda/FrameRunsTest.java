package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FrameTaps;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FrameRunsTest {
    private static final FrameTaps GROUPS =
            FrameTaps.of(3, 0, 0, 0, 0, 1, 2, 1, 2, 2, 2, 3, 4, 3, 4, 4, 4, 5, 6, 5, 6, 6);

    static List<FrameTaps> tables() {
        return List.of(
                FrameTaps.causal(7, 3),
                FrameTaps.same(7, 3),
                FrameTaps.zero(6, 3),
                FrameTaps.valid(9, 3),
                FrameTaps.valid(4, 1),
                GROUPS,
                FrameTaps.of(2, -1, -1),
                FrameTaps.of(2, 3, 1, 1, 0, 0, 0, 0, -1),
                FrameTaps.of(1, 2, 0, 1, 1, 3));
    }

    /** Whatever is allowed, every output reads what its table says, and no convolution reads more frames than allowed. */
    @ParameterizedTest
    @MethodSource("tables")
    void everyOutputReadsItsFrames(FrameTaps taps) {
        for (int most = taps.kernel(); most < 20; most++) {
            int next = 0;
            for (FrameRuns runs : FrameRuns.of(taps, most)) {
                assertEquals(next, runs.first());
                assertTrue(runs.count() * runs.inputs(taps.kernel()) <= most, runs + " of at most " + most);
                for (int i = 0; i < runs.count() * runs.length(); i++, next++) {
                    for (int k = 0; k < taps.kernel(); k++) {
                        int source = runs.source(taps, i / runs.length(), i % runs.length() + k);
                        assertEquals(taps.source(next, k), source, "output " + next + " tap " + k);
                    }
                }
            }
            assertEquals(taps.outputs(), next);
        }
    }

    @Test
    void paddedClipIsOneConvolution() {
        assertEquals(List.of(new FrameRuns(0, 7, 1)), FrameRuns.of(FrameTaps.causal(7, 3), 100));
    }

    @Test
    void equalGroupsAreOneBatch() {
        assertEquals(List.of(new FrameRuns(0, 1, 1), new FrameRuns(1, 2, 3)), FrameRuns.of(GROUPS, 100));
    }

    @Test
    void longRunIsCutWithTheFramesItsTapsReach() {
        assertEquals(
                List.of(new FrameRuns(0, 3, 1), new FrameRuns(3, 3, 1), new FrameRuns(6, 1, 1)),
                FrameRuns.of(FrameTaps.causal(7, 3), 5));
    }

    @Test
    void onlyFramesInOrderServeAsTheyStand() {
        FrameTaps valid = FrameTaps.valid(5, 3);
        assertTrue(FrameRuns.of(valid, 100).get(0).isInOrder(valid));
        FrameTaps causal = FrameTaps.causal(5, 3);
        assertFalse(FrameRuns.of(causal, 100).get(0).isInOrder(causal));
        FrameTaps zero = FrameTaps.of(2, -1, 0);
        assertFalse(FrameRuns.of(zero, 100).get(0).isInOrder(zero));
    }
}
