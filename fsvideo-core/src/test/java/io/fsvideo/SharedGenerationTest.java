package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Video;
import io.fsvideo.model.ConfigException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.OutOfMemoryException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks of one process make the video of one rank. */
class SharedGenerationTest {
    /** The difference allowed, of 255 levels: sums in another order may round a pixel the other way. */
    private static final int LEVELS = 1;

    private static Path directory;
    private static Video alone;

    /** 9 frames are 3 latents. */
    @BeforeAll
    static void makeVideoAlone() {
        directory = SmallModel.twelveHeads();
        try (FsVideo fs = FsVideo.open(directory)) {
            alone = fs.generate(request()).video();
        }
    }

    private static Request request() {
        return SmallModel.request().withFrames(9);
    }

    private static OpenOptions options(int ranks, Parallel way) {
        return OpenOptions.defaults().withThreads(2).withRanks(ranks).withParallel(way);
    }

    @ParameterizedTest
    @CsvSource({
        "2, TENSOR",
        "3, TENSOR",
        "4, TENSOR",
        "2, SEQUENCE",
        "3, SEQUENCE",
        "4, SEQUENCE",
        "2, GUIDANCE",
        "2, AUTO",
        "4, AUTO"
    })
    void makeTheVideoOfOneRank(int ranks, Parallel way) {
        try (FsVideo fs = FsVideo.open(directory, options(ranks, way))) {
            long before = fs.bytesInUse();
            Video first = fs.generate(request()).video();
            Video second = fs.generate(request()).video();
            assertEquals(before, fs.bytesInUse(), "bytes left after generations");
            assertEquals(alone.frames(), first.frames());
            for (int frame = 0; frame < alone.frames(); frame++) {
                assertClose(alone.frame(frame), first.frame(frame), "frame " + frame);
                assertArrayEquals(first.frame(frame), second.frame(frame), "a second run differs");
            }
        }
    }

    private static void assertClose(byte[] expected, byte[] actual, String what) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            int difference = Math.abs((expected[i] & 0xff) - (actual[i] & 0xff));
            assertTrue(difference <= LEVELS, what + ": expected " + expected[i] + ", got " + actual[i]);
        }
    }

    /** Tensor parallelism leaves less of the transformers on each device than sequence parallelism; packed matrices this small are mostly padding. */
    @Test
    void planTellsWhatEachDeviceNeeds() {
        long[] bytes = new long[2];
        for (Parallel way : new Parallel[] {Parallel.TENSOR, Parallel.SEQUENCE}) {
            try (FsVideo fs = FsVideo.open(directory, options(2, way))) {
                List<MemoryPlan> plans = fs.planPerDevice(request());
                assertEquals(2, plans.size());
                assertEquals(plans.get(0).weights(), plans.get(1).weights());
                long peak = fs.generate(request()).peakBytes();
                assertEquals(1, plans.get(0).peakBytes() / (double) peak, 0.1);
                bytes[way == Parallel.TENSOR ? 0 : 1] = plans.get(0).weights().get("transformer");
            }
        }
        assertTrue(bytes[0] < bytes[1], bytes[0] + " of " + bytes[1]);
    }

    @Test
    void cancelStopsEveryRankAndLeavesThePipelineUsable() {
        try (FsVideo fs = FsVideo.open(directory, options(2, Parallel.TENSOR))) {
            long before = fs.bytesInUse();
            for (Stage stage : List.of(Stage.BASE, Stage.REFINE, Stage.DECODE)) {
                assertThrows(
                        CancelledException.class,
                        () -> fs.generate(request(), ProgressListener.inStep(progress -> {
                            if (progress.stage() == stage && progress.step() == 1) {
                                throw new CancelledException("asked to");
                            }
                        })));
                assertEquals(before, fs.bytesInUse(), "bytes left after a cancellation in " + stage);
            }
            assertNotNull(fs.generate(request()).video());
        }
    }

    @Test
    void aRankWithoutRoomEndsTheOthersWithItsError() {
        long peak;
        try (FsVideo fs = FsVideo.open(directory, options(2, Parallel.TENSOR))) {
            peak = fs.planPerDevice(request()).get(0).peakBytes();
        }
        OpenOptions tight = options(2, Parallel.TENSOR).withMemoryLimit(peak * 9 / 10);
        try (FsVideo fs = FsVideo.open(directory, tight)) {
            long before = fs.bytesInUse();
            assertThrows(OutOfMemoryException.class, () -> fs.generate(request()));
            assertEquals(before, fs.bytesInUse());
        }
    }

    @Test
    void refusesRanksThatCannotShare() {
        assertEquals(
                "tensor parallel: ranks must be one of [1, 2, 3, 4, 6, 12], which divide num_heads 12 and ffn_dim 48,"
                        + " got 5",
                assertThrows(ConfigException.class, () -> FsVideo.open(directory, options(5, Parallel.TENSOR)))
                        .getMessage());
        assertEquals(
                "parallel: ranks must be 2 for guidance, one per branch, got 3",
                assertThrows(RequestException.class, () -> FsVideo.open(directory, options(3, Parallel.GUIDANCE)))
                        .getMessage());
        assertEquals(
                "open: ranks must be at least 1, got 0",
                assertThrows(
                                RequestException.class,
                                () -> OpenOptions.defaults().withRanks(0))
                        .getMessage());
        assertEquals(
                BackendOptions.defaults().channel().size(),
                OpenOptions.defaults().withRanks(3).backendOptions().channel().size());
    }
}
