package io.fsvideo.robust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.cpu.RefusingProvider;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.weights.Offload;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Every allocation may fail: a typed error, nothing leaked, and the next request right. {@code -Dfsvideo.sweep=1} refuses every single
 * one in turn; otherwise each of a few, spread over all.
 */
class AllocationSweepTest {
    private static final long NEVER = Long.MAX_VALUE / 2;
    private static final int OPENINGS = 24;
    private static final int GENERATIONS = 40;

    private static final Request REQUEST = SmallModel.request().withSteps(1).withRefinerSteps(1);

    @AfterEach
    void refuseNothing() {
        RefusingProvider.refuse(NEVER);
    }

    private static OpenOptions options(Offload offload) {
        return OpenOptions.defaults()
                .withBackend(RefusingProvider.NAME)
                .withThreads(1)
                .withOffload(offload);
    }

    private static byte[][] frames(Result result) {
        return IntStream.range(0, result.video().frames())
                .mapToObj(result.video()::frame)
                .toArray(byte[][]::new);
    }

    private static long step(long allocations, int runs) {
        return Long.getLong("fsvideo.sweep", Math.max(1, allocations / runs));
    }

    @Test
    void openingFreesAllThatItHad() {
        RefusingProvider.refuse(NEVER);
        FsVideo.open(SmallModel.directory(), options(Offload.NONE)).close();
        long allocations = RefusingProvider.count(NEVER);
        long step = step(allocations, OPENINGS);
        int tried = 0;
        for (long n = 1; n <= allocations; n += step, tried++) {
            RefusingProvider.refuse(n);
            OutOfMemoryException e = assertThrows(
                    OutOfMemoryException.class, () -> FsVideo.open(SmallModel.directory(), options(Offload.NONE)));
            assertEquals(0, e.getSuppressed().length, e::toString);
            assertEquals(0, RefusingProvider.leaked(), "at allocation " + n);
        }
        System.out.println("allocation sweep: open, " + tried + " of " + allocations + " allocations refused");
    }

    @Test
    void generatingFreesAllThatItHadAndTheNextOneIsRight() {
        for (Offload offload : new Offload[] {Offload.NONE, Offload.PARTS}) {
            sweep(offload);
        }
    }

    private static void sweep(Offload offload) {
        RefusingProvider.refuse(NEVER);
        long tried = 0;
        long allocations;
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options(offload))) {
            byte[][] right = frames(fs.generate(REQUEST));
            long idle = fs.bytesInUse();
            RefusingProvider.refuse(NEVER);
            assertArrayEquals(right, frames(fs.generate(REQUEST)));
            allocations = RefusingProvider.count(NEVER);
            long step = step(allocations, GENERATIONS);
            for (long n = 1; n <= allocations; n += step, tried++) {
                RefusingProvider.refuse(n);
                assertThrows(OutOfMemoryException.class, () -> fs.generate(REQUEST), "at allocation " + n);
                assertEquals(idle, fs.bytesInUse(), "after allocation " + n);
                if (tried % 8 == 0) {
                    assertArrayEquals(right, frames(fs.generate(REQUEST)), "after allocation " + n);
                }
            }
            assertArrayEquals(right, frames(fs.generate(REQUEST)));
        }
        assertTrue(tried >= GENERATIONS, "tried " + tried);
        System.out.println(
                "allocation sweep: generate " + offload + ", " + tried + " of " + allocations + " allocations refused");
    }
}
