package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Parallel;
import io.fsvideo.Request;
import io.fsvideo.SmallModel;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.DType;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks that share the emulated device make the video of one rank, with the same bits each time. */
class SharedGenerationTest {
    /** The difference allowed, of 255 levels: sums in another order may round a pixel the other way. */
    private static final int LEVELS = 1;

    private static byte[][] alone;

    @BeforeAll
    static void makeVideoAlone() {
        try (FsVideo fs = open(1, Parallel.AUTO)) {
            alone = frames(fs);
        }
    }

    private static FsVideo open(int ranks, Parallel way) {
        OpenOptions options = OpenOptions.defaults()
                .withBackend("cuda-emulated")
                .withDType(DType.F32)
                .withRanks(ranks)
                .withParallel(way);
        return FsVideo.open(SmallModel.twelveHeads(), options);
    }

    /** 5 frames are 2 latents. */
    private static byte[][] frames(FsVideo fs) {
        Request request = SmallModel.request().withFrames(5).withSteps(1).withRefinerSteps(1);
        Video video = fs.generate(request).video();
        return IntStream.range(0, video.frames()).mapToObj(video::frame).toArray(byte[][]::new);
    }

    @Test
    void oneRankMakesTheSameBitsEachTime() {
        try (FsVideo fs = open(1, Parallel.AUTO)) {
            assertArrayEquals(alone, frames(fs));
        }
    }

    @ParameterizedTest
    @CsvSource({"2, TENSOR", "3, SEQUENCE", "4, TENSOR"})
    void makeTheVideoOfOneRankWithTheSameBitsEachTime(int ranks, Parallel way) {
        byte[][] first;
        try (FsVideo fs = open(ranks, way)) {
            long before = fs.bytesInUse();
            first = frames(fs);
            assertArrayEquals(first, frames(fs), "a second time");
            assertEquals(before, fs.bytesInUse(), "bytes left after generations");
        }
        assertEquals(alone.length, first.length);
        for (int frame = 0; frame < alone.length; frame++) {
            assertEquals(alone[frame].length, first[frame].length);
            for (int i = 0; i < alone[frame].length; i++) {
                int difference = Math.abs((alone[frame][i] & 0xff) - (first[frame][i] & 0xff));
                assertTrue(difference <= LEVELS, "frame " + frame + ", byte " + i + ": off by " + difference);
            }
        }
    }
}
