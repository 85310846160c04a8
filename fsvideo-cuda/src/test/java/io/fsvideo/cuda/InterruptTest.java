package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Offload;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An interrupt of the thread that waits, or of the one that computes, costs its own request and leaves the device as it was, wherever the
 * weights are off the device; opening goes on under one. Closing fails when anything is left. {@code NONE} is in the core's test.
 */
class InterruptTest {
    private static final Request REQUEST =
            SmallModel.request().withFrames(1).withSteps(1).withRefinerSteps(1);

    /** Whose thread is interrupted. */
    private enum Side {
        WAITING,
        COMPUTING
    }

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private static FsVideo open(Offload offload) {
        OpenOptions options = OpenOptions.defaults()
                .withBackend("cuda-emulated")
                .withDType(DType.F32)
                .withOffload(offload);
        return FsVideo.open(SmallModel.directory(), options);
    }

    private static byte[] picture(Result result) {
        return result.video().frame(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Offload.class,
            names = {"PARTS", "BLOCKS"})
    void atEveryStep(Offload offload) {
        SmallModel.directory();
        EmulatorBuild.file();
        Thread.currentThread().interrupt();
        try (FsVideo fs = open(offload)) {
            assertTrue(Thread.interrupted(), "opening keeps the interrupt");
            AtomicInteger events = new AtomicInteger();
            byte[] right = picture(fs.generate(REQUEST, ProgressListener.inStep(progress -> events.incrementAndGet())));
            long idle = fs.bytesInUse();
            int stopped = 0;
            for (int at = 1; at <= events.get(); at++) {
                Side whose = at % 2 == 0 ? Side.COMPUTING : Side.WAITING;
                stopped += interrupt(fs, at, whose, right) ? 1 : 0;
                Thread.interrupted();
                assertEquals(idle, fs.bytesInUse(), "interrupted at event " + at);
            }
            assertTrue(stopped > events.get() / 2, stopped + " of " + events + " were stopped");
            assertArrayEquals(right, picture(fs.generate(REQUEST)));
        }
    }

    /** Whether that stopped the request. */
    private static boolean interrupt(FsVideo fs, int at, Side whose, byte[] right) {
        AtomicInteger left = new AtomicInteger(at);
        Thread caller = Thread.currentThread();
        try {
            Result result = fs.generate(REQUEST, ProgressListener.inStep(progress -> {
                if (left.decrementAndGet() == 0) {
                    (whose == Side.WAITING ? caller : Thread.currentThread()).interrupt();
                }
            }));
            assertArrayEquals(right, picture(result), "interrupted at event " + at);
            return false;
        } catch (CancelledException e) {
            assertTrue(e.getMessage().contains("interrupt"), e.getMessage());
            return true;
        }
    }
}
