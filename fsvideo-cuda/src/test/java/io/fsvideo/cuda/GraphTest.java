package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Launches that are captured run when the graph does, with the arguments they were given. */
class GraphTest {
    @Test
    void aGraphRepeatsWhatWasCaptured() {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 20);
        try (driver;
                Stream stream = driver.openStream();
                Staging staging = new Staging(driver, stream)) {
            Kernels kernels = new Kernels(driver, stream, Launch.Listener.NONE);
            Launch fill = kernels.entry("fill", "fill");
            long x = stream.allocate(16);
            set(fill, x, 1);
            stream.beginCapture();
            set(fill, x, 2);
            set(fill, x + 4, 3);
            assertThrows(CudaException.class, stream::synchronize);
            try (Driver.Graph graph = stream.endCapture()) {
                assertArrayEquals(new int[] {1, 1}, read(staging, x));
                stream.launch(graph);
                assertArrayEquals(new int[] {2, 3}, read(staging, x));
                set(fill, x, 4);
                stream.launch(graph);
                assertArrayEquals(new int[] {2, 3}, read(staging, x));
            }
            stream.free(x);
        }
    }

    private static void set(Launch fill, long address, int value) {
        fill.begin().grid(1).block(256).pointer(address).int64(8).int32(value).run();
    }

    private static int[] read(Staging staging, long address) {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
        staging.copyOut(bytes, address);
        return new int[] {bytes.getInt(0), bytes.getInt(4)};
    }
}
