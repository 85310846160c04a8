package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Offload;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Parts that come for their stage: the same video from less memory. On the CPU they are read from their checkpoint again. */
class OffloadTest {
    /** A plan does not count what oneDNN works in, 6 % of so small a model. */
    private static final double MOST_OFF_PLAN = 0.1;

    private static final OpenOptions ALL = OpenOptions.defaults().withThreads(1).withDType(DType.F32);

    private static byte[][] frames(Result result) {
        return IntStream.range(0, result.video().frames())
                .mapToObj(result.video()::frame)
                .toArray(byte[][]::new);
    }

    @Test
    void partsMakeTheSameVideoFromLessMemory() {
        Result resident;
        MemoryPlan plan;
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), ALL)) {
            resident = fs.generate(SmallModel.request());
            plan = fs.plan(SmallModel.request());
        }
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), ALL.withOffload(Offload.PARTS))) {
            assertEquals(0, fs.bytesInUse());
            MemoryPlan less = fs.plan(SmallModel.request());
            Result result = fs.generate(SmallModel.request());
            assertArrayEquals(frames(resident), frames(result));
            assertEquals(0, fs.bytesInUse());
            assertEquals(plan.weights(), less.weights());
            assertTrue(result.peakBytes() < resident.peakBytes() - plan.weightBytes() / 3, less.toString());
            assertEquals(less.peakBytes(), result.peakBytes(), MOST_OFF_PLAN * result.peakBytes());
        }
    }

    @Test
    void cancellingAtEveryStepTakesThePartsAway() {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), ALL.withOffload(Offload.PARTS))) {
            for (Stage stage : Stage.values()) {
                assertThrows(
                        CancelledException.class,
                        () -> fs.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                            if (progress.stage() == stage && progress.step() == progress.steps()) {
                                throw new CancelledException("asked to");
                            }
                        })));
                assertEquals(0, fs.bytesInUse(), stage.toString());
            }
            assertEquals(5, fs.generate(SmallModel.request()).video().frames());
        }
    }

    @Test
    void blocksAreRefusedWhereThereIsNoDevice() {
        String message = assertThrows(
                        BackendException.class,
                        () -> FsVideo.open(SmallModel.directory(), ALL.withOffload(Offload.BLOCKS)))
                .getMessage();
        assertTrue(message.startsWith("offload: must be NONE or PARTS on cpu"), message);
    }
}
