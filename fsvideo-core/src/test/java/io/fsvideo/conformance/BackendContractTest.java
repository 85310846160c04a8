package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Memory and copies of a backend. */
class BackendContractTest {
    private static Backend open() {
        return Backend.open(TestArena.backendName(), BackendOptions.defaults().withThreads(2));
    }

    @Test
    void copiesAtOffsets() {
        try (Backend backend = open();
                Arena a = Arena.root(backend, "test")) {
            Tensor x = Inputs.counting(a, "x", DType.U8, 100, 257);
            backend.copyIn(
                    x,
                    100,
                    ByteBuffer.allocateDirect(2).put(new byte[] {(byte) 200, 7}).flip());
            ByteBuffer out = ByteBuffer.allocateDirect(4);
            backend.copyOut(out, x, 99);
            assertFalse(out.hasRemaining());
            assertArrayEquals(new float[] {99, 200, 7, 2}, Arrays.copyOfRange(x.toFloats(), 99, 103));
            assertEquals((byte) 200, out.get(1));
        }
    }

    @Test
    void heapBuffersCopyToo() {
        try (Backend backend = open();
                Arena a = Arena.root(backend, "test")) {
            Tensor x = a.alloc("x", DType.U8, Shape.of(3));
            backend.copyIn(x, 0, ByteBuffer.wrap(new byte[] {1, 2, 3}));
            ByteBuffer out = ByteBuffer.allocate(2);
            backend.copyOut(out, x, 1);
            assertArrayEquals(new byte[] {2, 3}, out.array());
        }
    }

    @Test
    void countsBytes() {
        try (Backend backend = open()) {
            long before = backend.bytesInUse();
            try (Arena a = Arena.root(backend, "test")) {
                a.alloc("x", DType.F32, Shape.of(1000));
                a.alloc("y", DType.U8, Shape.of(7));
                assertTrue(backend.bytesInUse() >= before + 4007);
            }
            assertEquals(before, backend.bytesInUse());
            assertTrue(backend.peakBytes() >= before + 4007);
            backend.resetPeak();
            assertEquals(before, backend.peakBytes());
        }
    }

    @Test
    void emptyTensorsAreLegal() {
        try (Backend backend = open();
                Arena a = Arena.root(backend, "test")) {
            assertEquals(0, a.alloc("x", DType.F32, Shape.of(3, 0)).toFloats().length);
        }
    }

    @Test
    void refusesMoreThanItsLimit() {
        BackendOptions limited = BackendOptions.defaults().withMemoryLimit(1 << 20);
        try (Backend backend = Backend.open(TestArena.backendName(), limited);
                Arena a = Arena.root(backend, "test")) {
            long before = backend.bytesInUse();
            assertThrows(OutOfMemoryException.class, () -> a.alloc("x", DType.F32, Shape.of(1 << 20)));
            assertEquals(before, backend.bytesInUse());
            assertEquals(0, a.bytesInUse());
        }
    }

    @Test
    void refusesToCloseOverLiveTensors() {
        Backend backend = open();
        Arena a = Arena.root(backend, "test");
        a.alloc("x", DType.F32, Shape.of(4));
        assertThrows(IllegalStateException.class, backend::close);
    }
}
