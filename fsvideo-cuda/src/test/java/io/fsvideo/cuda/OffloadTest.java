package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.Stage;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.weights.Offload;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights off the emulated device between uses: one video, less memory, as planned. Closing fails when anything is left. */
class OffloadTest {
    /** Share of the peak that a plan may be off. */
    private static final double MOST_OFF_PLAN = 0.05;

    private static OpenOptions options(Offload offload) {
        return OpenOptions.defaults()
                .withBackend("cuda-emulated")
                .withDType(DType.F32)
                .withOffload(offload);
    }

    private static byte[][] frames(Result result) {
        return IntStream.range(0, result.video().frames())
                .mapToObj(result.video()::frame)
                .toArray(byte[][]::new);
    }

    private static MemoryPlan plan(Offload offload) {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(offload))) {
            return fs.plan(SmallModel.request());
        }
    }

    /** Each within a limit of what is planned for it, which the next greedier mode would break. */
    @Test
    void everyModeMakesTheSameVideoFromWhatIsPlanned() {
        byte[][] resident = null;
        long greedier = Long.MAX_VALUE;
        for (Offload offload : Offload.values()) {
            MemoryPlan plan = plan(offload);
            long limit = Math.max(plan.peakBytes(), plan.loadingBytes());
            assertTrue(limit <= greedier, offload + ": " + plan);
            greedier = limit;
            try (FsVideo fs =
                    FsVideo.open(SmallModel.directory(), options(offload).withMemoryLimit(limit))) {
                Result result = fs.generate(SmallModel.request());
                assertEquals(plan.peakBytes(), result.peakBytes(), MOST_OFF_PLAN * result.peakBytes(), plan.toString());
                assertEquals(offload != Offload.NONE, plan.hostBytes() >= plan.weightBytes(), plan.toString());
                assertEquals(offload == Offload.NONE ? plan.weightBytes() : 0, fs.bytesInUse());
                resident = resident == null ? frames(result) : resident;
                assertArrayEquals(resident, frames(result), offload.toString());
            }
        }
    }

    @Test
    void aPartThatDoesNotFitLeavesNothing() {
        long limit = plan(Offload.PARTS).peakBytes() / 3;
        try (FsVideo fs =
                FsVideo.open(SmallModel.directory(), options(Offload.PARTS).withMemoryLimit(limit))) {
            String message = assertThrows(OutOfMemoryException.class, () -> fs.generate(SmallModel.request()))
                    .getMessage();
            assertTrue(message.contains("the limit of " + limit + " bytes"), message);
            assertTrue(message.endsWith("weights on the backend when idle: none, offloaded by PARTS"), message);
            assertEquals(0, fs.bytesInUse());
        }
    }

    /** Cancels in the middle of both transformers' stages, while the next block is on its way. */
    @Test
    void cancellingTakesTheBlocksAway() {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(Offload.BLOCKS))) {
            for (Stage stage : List.of(Stage.REFINE, Stage.BASE)) {
                assertThrows(
                        CancelledException.class,
                        () -> fs.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                            if (progress.stage() == stage && progress.step() == 1) {
                                throw new CancelledException("asked to");
                            }
                        })));
                assertEquals(0, fs.bytesInUse(), stage.toString());
            }
        }
    }

    /** Cancels between two layers, while the next block is on its way. */
    @ParameterizedTest
    @EnumSource(Offload.class)
    void cancellingInTheMiddleOfALayerStackTakesEverythingAway(Offload offload) {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(offload))) {
            long idle = fs.bytesInUse();
            AtomicInteger shown = new AtomicInteger();
            byte[] right = fs.generate(SmallModel.request().withTaps((name, tensor) -> shown.incrementAndGet()))
                    .video()
                    .frame(4);
            for (int at = 1; at < shown.get(); at += Math.max(1, shown.get() / 7)) {
                int last = at;
                AtomicInteger seen = new AtomicInteger();
                CompletableFuture<Job> job = new CompletableFuture<>();
                job.complete(fs.submit(SmallModel.request().withTaps((name, tensor) -> {
                    if (seen.incrementAndGet() == last) {
                        job.join().cancel();
                    }
                })));
                assertThrows(CancelledException.class, job.join()::join);
                assertEquals(idle, fs.bytesInUse(), "bytes in use after tensor " + at);
            }
            assertArrayEquals(right, fs.generate(SmallModel.request()).video().frame(4));
        }
    }
}
