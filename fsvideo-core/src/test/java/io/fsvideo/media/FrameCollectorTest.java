package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FrameCollectorTest {
    @Test
    void roundsHalfUpAndClamps() {
        float half = 2f / 255; // level 128.5 - 127.5 / 127.5 is level 0.5 above 128
        float[] pixels = {
            -1, 1, 0, -1.0001f, 7, -7, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, half - 1, 0.5f, -0.5f, 1 - half
        };
        byte[] frame = Video.ofFloats(pixels, 2, 2, 24).frame(0);
        // 0 is level 127.5 and goes up to 128; 0.5 is 191.25; -0.5 is 63.75.
        assertArrayEquals(
                new byte[] {0, (byte) 255, (byte) 128, 0, (byte) 255, 0, (byte) 255, 0, 1, (byte) 191, 64, (byte) 254},
                frame);
    }

    @Test
    void piecesGiveTheWholeClip() {
        FrameCollector collector = new FrameCollector(1, 2, 16);
        collector.append(new float[6]);
        collector.append(new float[0]);
        collector.append(new float[] {1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1});
        Video video = collector.video();
        assertEquals(3, video.frames());
        assertEquals(16, video.fps());
        assertArrayEquals(new byte[6], video.frame(2));
        video.frame(2)[0] = 5;
        assertArrayEquals(new byte[6], video.frame(2));
        assertEquals(Map.of(), video.metadata());
    }

    @Test
    void nanIsNamedAndNothingIsAdded() {
        FrameCollector collector = new FrameCollector(2, 2, 24);
        collector.append(new float[12]);
        float[] bad = new float[24];
        bad[12 + 3 * 3 + 2] = Float.NaN;
        assertEquals(
                "FrameCollector.append: every value must be a number, got NaN in frame 2 at row 1, column 1, channel 2",
                assertThrows(VideoException.class, () -> collector.append(bad)).getMessage());
        assertEquals(1, collector.video().frames());
    }

    @Test
    void refusesWrongLengthsAndSizes() {
        FrameCollector collector = new FrameCollector(2, 3, 24);
        assertEquals(
                "FrameCollector.append: pixels must be [frames, 2, 3, 3], a multiple of 18 values, got 19",
                assertThrows(VideoException.class, () -> collector.append(new float[19]))
                        .getMessage());
        assertEquals(
                "FrameCollector.video: a clip must have at least 1 frame, got 0",
                assertThrows(VideoException.class, collector::video).getMessage());
        assertThrows(VideoException.class, () -> new FrameCollector(0, 2, 24));
        assertThrows(VideoException.class, () -> new FrameCollector(2, 2, 0));
        assertThrows(VideoException.class, () -> new FrameCollector(40_000, 40_000, 24));
    }
}
