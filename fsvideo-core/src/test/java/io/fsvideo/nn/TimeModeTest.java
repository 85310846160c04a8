package io.fsvideo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.ShapeException;
import org.junit.jupiter.api.Test;

/** The frames each output frame reads, written out. */
class TimeModeTest {
    private static final int Z = FrameTaps.ZERO;

    private static void assertTaps(TimeMode mode, int frames, int... sources) {
        assertEquals(text(FrameTaps.of(3, sources)), text(mode.taps(frames, 0, true)));
    }

    private static String text(FrameTaps taps) {
        StringBuilder text = new StringBuilder();
        for (int t = 0; t < taps.outputs(); t++) {
            text.append(taps.source(t, 0))
                    .append(' ')
                    .append(taps.source(t, 1))
                    .append(' ')
                    .append(taps.source(t, 2))
                    .append("; ");
        }
        return text.toString();
    }

    @Test
    void wholeClips() {
        assertTaps(TimeMode.causal(), 3, 0, 0, 0, 0, 0, 1, 0, 1, 2);
        assertTaps(TimeMode.same(), 3, 0, 0, 1, 0, 1, 2, 1, 2, 2);
        assertTaps(TimeMode.zero(), 3, Z, 0, 1, 0, 1, 2, 1, 2, Z);
        assertTaps(TimeMode.group(1), 3, 0, 0, 0, 0, 1, 1, 1, 2, 2);
        assertTaps(TimeMode.group(2), 5, 0, 0, 0, 0, 1, 2, 1, 2, 2, 2, 3, 4, 3, 4, 4);
        assertTaps(TimeMode.group(4), 5, 0, 0, 0, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 4);
    }

    @Test
    void oneFrame() {
        for (TimeMode mode : new TimeMode[] {TimeMode.causal(), TimeMode.same(), TimeMode.group(4)}) {
            assertTaps(mode, 1, 0, 0, 0);
        }
        assertTaps(TimeMode.zero(), 1, Z, 0, Z);
    }

    @Test
    void middleChunksReadWhatIsRemembered() {
        assertEquals("0 1 2; 1 2 3; ", text(TimeMode.causal().taps(4, 2, false)));
        assertEquals("0 1 2; 1 2 3; ", text(TimeMode.same().taps(4, 2, false)));
        assertEquals("0 1 2; 1 2 2; 2 3 4; 3 4 4; ", text(TimeMode.group(2).taps(5, 1, false)));
    }

    @Test
    void causalWithZerosKeepsWhatThereIs() {
        assertTaps(TimeMode.causalZero(), 3, Z, Z, 0, Z, 0, 1, 0, 1, 2);
        assertEquals("-1 0 1; ", text(TimeMode.causalZero().taps(2, 1, false)));
        assertEquals("0 1 2; 1 2 3; ", text(TimeMode.causalZero().taps(4, 2, false)));
    }

    @Test
    void chunksSeeThemselvesAndOneFrameBack() {
        assertTaps(TimeMode.chunk(2), 4, Z, 0, 1, 0, 1, Z, 1, 2, 3, 2, 3, Z);
        assertEquals("0 1 2; 1 2 -1; ", text(TimeMode.chunk(2).taps(3, 1, false)));
    }

    @Test
    void aShortChunkIsAlone() {
        assertTaps(TimeMode.chunk(2), 3, Z, 0, 1, 0, 1, 2, 1, 2, Z);
        assertEquals("-1 1 -1; ", text(TimeMode.chunk(2).taps(2, 1, false)));
        ShapeException none = assertThrows(ShapeException.class, () -> TimeMode.chunk(0));
        assertEquals("timeMode: chunk must be >= 1 frames, got 0", none.getMessage());
    }

    @Test
    void lateModesFlushAtTheEnd() {
        assertEquals("", text(TimeMode.same().taps(1, 0, false)));
        assertEquals("0 0 1; ", text(TimeMode.same().taps(2, 0, false)));
        assertEquals("", text(TimeMode.same().taps(2, 2, false)));
        assertEquals("0 1 1; ", text(TimeMode.same().taps(2, 2, true)));
        assertEquals("", text(TimeMode.same().taps(0, 0, true)));
        assertEquals("", text(TimeMode.group(2).taps(1, 1, true)));
    }

    @Test
    void refusesIncompleteGroups() {
        ShapeException start =
                assertThrows(ShapeException.class, () -> TimeMode.group(4).taps(4, 0, true));
        assertEquals("conv3d: frames must be 1 + a multiple of 4, got 4", start.getMessage());
        ShapeException later =
                assertThrows(ShapeException.class, () -> TimeMode.group(2).taps(4, 1, true));
        assertEquals("conv3d: frames must be a multiple of 2, got 3", later.getMessage());
        ShapeException none = assertThrows(ShapeException.class, () -> TimeMode.group(0));
        assertEquals("timeMode: group must be >= 1 frames, got 0", none.getMessage());
    }
}
