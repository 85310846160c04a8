package io.fsvideo.robust;

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
import io.fsvideo.weights.Offload;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An interrupted thread may lose its own request; the pipeline stays as it was. */
class InterruptTest {
    private static final Request REQUEST = SmallModel.request().withSteps(2).withRefinerSteps(1);

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private static OpenOptions options(Offload offload) {
        return OpenOptions.defaults().withThreads(1).withOffload(offload);
    }

    private static byte[] last(Result result) {
        return result.video().frame(result.video().frames() - 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Offload.class,
            names = {"NONE", "PARTS"})
    void atEveryStep(Offload offload) {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(offload))) {
            AtomicInteger events = new AtomicInteger();
            byte[] right = last(fs.generate(REQUEST, ProgressListener.inStep(progress -> events.incrementAndGet())));
            long idle = fs.bytesInUse();
            AtomicInteger ends = new AtomicInteger();
            for (int at = 1; at <= events.get(); at++) {
                AtomicInteger left = new AtomicInteger(at);
                try {
                    Thread caller = Thread.currentThread();
                    Result result = fs.generate(REQUEST, ProgressListener.inStep(progress -> {
                        if (left.decrementAndGet() == 0) {
                            caller.interrupt();
                        }
                    }));
                    assertArrayEquals(right, last(result), "interrupted at event " + at);
                } catch (CancelledException stopped) {
                    assertTrue(stopped.getMessage().contains("interrupt"), stopped.getMessage());
                    ends.incrementAndGet();
                }
                assertTrue(Thread.interrupted(), "the interrupt is kept");
                assertEquals(idle, fs.bytesInUse(), "interrupted at event " + at);
                assertArrayEquals(right, last(fs.generate(REQUEST)), "after event " + at);
            }
            assertTrue(ends.get() > events.get() / 2, ends + " of " + events + " were stopped");
        }
    }

    @Test
    void openingInAnInterruptedThread() {
        Thread.currentThread().interrupt();
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(Offload.PARTS))) {
            assertTrue(Thread.interrupted(), "the interrupt is kept");
            assertEquals(5, fs.generate(REQUEST).video().frames());
        }
    }
}
