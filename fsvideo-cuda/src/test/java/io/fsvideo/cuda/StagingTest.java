package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies that take no, one and several blocks of pinned memory. */
class StagingTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 257, Staging.BLOCK_BYTES, Staging.BLOCK_BYTES + 1, 3 * Staging.BLOCK_BYTES + 5})
    void bytesComeBack(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        try (EmulatedDevice device = EmulatedDevice.open();
                Arena a = device.arena()) {
            Tensor x = a.alloc("x", DType.U8, Shape.of(count + 7));
            device.backend().copyIn(x, 3, ByteBuffer.wrap(bytes));
            ByteBuffer back = ByteBuffer.allocateDirect(count);
            device.backend().copyOut(back, x, 3);
            assertEquals(0, back.remaining());
            byte[] result = new byte[count];
            back.flip().get(result);
            assertArrayEquals(bytes, result);
        }
    }

    @Test
    void integersOfSeveralBlocks() {
        int[] values = new Random(1).ints(Staging.BLOCK_BYTES / 4 + 3).toArray();
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 30);
        try (driver;
                Stream stream = driver.openStream();
                Staging staging = new Staging(driver, stream)) {
            long address = stream.allocate(4L * values.length);
            staging.copyIn(address, values);
            ByteBuffer back = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
            staging.copyOut(back, address);
            int[] result = new int[values.length];
            back.flip().asIntBuffer().get(result);
            assertArrayEquals(values, result);
            stream.free(address);
        }
    }

    @Test
    void refusesBytesOutsideOfATensor() {
        try (EmulatedDevice device = EmulatedDevice.open();
                Arena a = device.arena()) {
            Tensor x = a.alloc("x", DType.U8, Shape.of(8));
            String message = assertThrows(
                            IndexOutOfBoundsException.class,
                            () -> device.backend().copyIn(x, 5, ByteBuffer.allocate(4)))
                    .getMessage();
            assertEquals("copyIn: bytes must be within 0..8 of x [8] U8, got 4 from 5", message);
        }
    }
}
