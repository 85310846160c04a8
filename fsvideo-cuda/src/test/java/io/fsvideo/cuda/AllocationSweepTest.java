package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.Offload;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every allocation on a device may fail, be it of its memory, of page-locked memory, of a stream, an event, a kernel's code or a graph: a
 * typed error, nothing left, and the next request right. {@code -Dfsvideo.sweep=1} refuses every single one; otherwise a few of each mode,
 * spread over all.
 */
class AllocationSweepTest {
    private static final int TRIES = 4;
    /** Enough steps for each transformer to be recorded and replayed. */
    private static final Request REQUEST =
            SmallModel.request().withFrames(1).withSteps(2).withRefinerSteps(2);

    @AfterEach
    void refuseNothing() {
        RefusingDeviceProvider.REFUSAL.refuseNothing();
    }

    private static FsVideo open(Offload offload) {
        OpenOptions options = OpenOptions.defaults()
                .withBackend(RefusingDeviceProvider.NAME)
                .withDType(DType.F32)
                .withOffload(offload);
        return FsVideo.open(SmallModel.directory(), options);
    }

    private static byte[][] frames(Result result) {
        return IntStream.range(0, result.video().frames())
                .mapToObj(result.video()::frame)
                .toArray(byte[][]::new);
    }

    @ParameterizedTest
    @EnumSource(Offload.class)
    void fromOpenToClose(Offload offload) {
        Refusal refusal = RefusingDeviceProvider.REFUSAL;
        refusal.refuseNothing();
        byte[][] right;
        long idle;
        long opening;
        try (FsVideo fs = open(offload)) {
            opening = refusal.count();
            idle = fs.bytesInUse();
            right = frames(fs.generate(REQUEST));
        }
        long allocations = refusal.count();
        long step = Long.getLong("fsvideo.sweep", Math.max(1, allocations / TRIES));
        int tried = 0;
        for (long n = 1; n <= allocations; n += step, tried++) {
            String at = offload + ", allocation " + n;
            refusal.refuse(n);
            if (n <= opening) {
                FsVideoException e = assertThrows(FsVideoException.class, () -> open(offload), at);
                assertEquals(0, e.getSuppressed().length, at);
            } else {
                generate(offload, at, idle, right);
            }
            assertTrue(RefusingDeviceProvider.isAllGivenBack(), at);
        }
        System.out.println("allocation sweep: " + offload + " on the emulated device, " + tried + " of " + allocations
                + " allocations refused, " + opening + " of them while it opens");
    }

    private static void generate(Offload offload, String at, long idle, byte[][] right) {
        try (FsVideo fs = open(offload)) {
            FsVideoException e = assertThrows(FsVideoException.class, () -> fs.generate(REQUEST), at);
            assertEquals(0, e.getSuppressed().length, at);
            assertEquals(idle, fs.bytesInUse(), at);
            RefusingDeviceProvider.REFUSAL.refuseNothing();
            assertArrayEquals(right, frames(fs.generate(REQUEST)), at);
        }
    }
}
