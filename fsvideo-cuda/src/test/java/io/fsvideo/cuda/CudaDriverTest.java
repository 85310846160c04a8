package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.kernels.KernelImage;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** The real bindings against a driver whose device is the emulator. */
class CudaDriverTest {
    private static Backend open() {
        return new FakeDriver().open(FakeDriver.NAME, BackendOptions.defaults());
    }

    private static void addOnce(Backend backend) {
        try (Arena arena = Arena.root(backend, "test")) {
            Tensor x = arena.of("x", new float[] {1, 2, 3}, 3);
            assertArrayEquals(new float[] {2, 4, 6}, arena.add(x, x).toFloats());
        }
    }

    @Test
    void reportIsTheDevices() {
        try (Backend backend = open()) {
            assertEquals("emulated device, sm_90, 2 processors, 4.0 GiB, driver for CUDA 13.0", backend.description());
        }
    }

    @Test
    void oneContextServesSeveralBackends() {
        try (Backend first = open();
                Backend second = open()) {
            addOnce(first);
            addOnce(second);
            addOnce(first);
        }
        try (Backend third = open()) {
            addOnce(third);
        }
    }

    @Test
    void anyThreadMayCall() throws InterruptedException {
        Throwable[] failure = new Throwable[1];
        try (Backend backend = open()) {
            Thread thread = new Thread(() -> addOnce(backend));
            thread.setUncaughtExceptionHandler((where, error) -> failure[0] = error);
            thread.start();
            thread.join();
        }
        assertEquals(null, failure[0]);
    }

    @Test
    void capturedGraphRunsWithTheArgumentsOfItsCapture() {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream();
                Driver.PinnedMemory host = driver.pin(64)) {
            long memory = stream.allocate(64);
            IntStream.range(0, 64).forEach(i -> host.buffer().put(i, (byte) i));
            stream.copyIn(memory, host, 0, 64);
            stream.beginCapture();
            stream.copy(memory + 16, memory, 16);
            stream.zero(memory, 4);
            Driver.Graph graph = stream.endCapture();
            try (graph) {
                assertArrayEquals(bytes(16, 17), read(stream, host, memory + 16, 2));
                stream.launch(graph);
                assertArrayEquals(bytes(0, 1), read(stream, host, memory + 16, 2));
                assertArrayEquals(bytes(0, 0, 0, 0, 4), read(stream, host, memory, 5));
                stream.launch(graph);
                assertArrayEquals(bytes(0, 0, 0, 0, 4), read(stream, host, memory + 16, 5));
            }
            stream.free(memory);
        }
    }

    private static byte[] read(Stream stream, Driver.PinnedMemory host, long address, int count) {
        stream.copyOut(host, 8, address, count);
        stream.synchronize();
        byte[] read = new byte[count];
        host.buffer().get(8, read);
        return read;
    }

    private static byte[] bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length);
        IntStream.of(values).forEach(value -> buffer.put((byte) value));
        return buffer.array();
    }

    @Test
    void eventsMeasureAndOrder() {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream();
                Stream other = driver.openStream();
                Driver.Event start = driver.openEvent();
                Driver.Event end = driver.openEvent()) {
            stream.record(start);
            stream.record(end);
            other.await(end);
            end.synchronize();
            assertEquals(1, end.millisecondsSince(start));
        }
    }

    /** The driver's clean-up check fails the test if a refused call left something behind. */
    @Test
    void fullDeviceIsToldFromAFailure() {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream()) {
            long free = driver.freeBytes();
            assertEquals(4L << 30, free);
            assertEquals(0, stream.allocate(free + 1));
            FakeDriver.refuse(FakeDriver.Call.ALLOCATE, 1);
            CudaException failure = assertThrows(CudaException.class, () -> stream.allocate(16));
            assertEquals(
                    "cuMemAllocFromPoolAsync: returned 1 (CUDA_ERROR_INVALID_VALUE, explained)", failure.getMessage());
        }
    }

    @Test
    void nextRequestAfterAFullDeviceWorks() {
        try (Backend backend = open()) {
            assertThrows(OutOfMemoryException.class, () -> {
                try (Arena arena = Arena.root(backend, "test")) {
                    arena.alloc("large", DType.F32, Shape.of(2L << 30));
                }
            });
            assertEquals(0, backend.bytesInUse());
            addOnce(backend);
        }
    }

    @Test
    void lostDeviceIsTypedAndTheNextBackendWorks() {
        Backend backend = open();
        addOnce(backend);
        FakeDriver.refuse(FakeDriver.Call.LAUNCH, 700);
        DeviceLostException lost = assertThrows(DeviceLostException.class, () -> addOnce(backend));
        assertEquals(700, lost.code());
        assertTrue(lost.getMessage()
                .startsWith("cuLaunchKernel of add_f32 with grid [1, 1, 1], block 256, 0 shared bytes:"));
        assertTrue(lost.getMessage().contains("CUDA_ERROR_ILLEGAL_ADDRESS"));
        assertThrows(DeviceLostException.class, backend::close);
        try (Backend next = open()) {
            addOnce(next);
        }
    }

    @Test
    void imageWithoutCodeForTheDeviceIsNamed() {
        try (Driver driver = FakeDriver.driver()) {
            FakeDriver.refuse(FakeDriver.Call.LOAD, 209);
            NoImageException refused =
                    assertThrows(NoImageException.class, () -> driver.load("add", KernelImage.of("add"), "add"));
            assertTrue(refused.getMessage()
                    .startsWith("cuModuleLoadData of add: returned 209 (CUDA_ERROR_NO_BINARY_FOR_GPU"));
            assertTrue(refused.getMessage().contains("have code for sm_80, sm_90a and newer, got a device of sm_90"));
        }
    }

    @Test
    void missingEntryIsNamed() {
        try (Driver driver = FakeDriver.driver()) {
            CudaException refused =
                    assertThrows(CudaException.class, () -> driver.load("add", KernelImage.of("add"), "add_nowhere"));
            assertTrue(refused.getMessage().contains("cuModuleGetFunction of add_nowhere in add: returned 500"));
        }
    }

    /** JCuda's switch belongs to the application; either way the errors are ours. */
    @Test
    void errorsAreTheSameWithJCudasExceptions() {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream()) {
            JCudaDriver.setExceptionsEnabled(true);
            try {
                FakeDriver.refuse(FakeDriver.Call.SYNCHRONIZE, 400);
                CudaException failure = assertInstanceOf(
                        CudaException.class, assertThrows(RuntimeException.class, stream::synchronize));
                assertEquals(400, failure.code());
            } finally {
                JCudaDriver.setExceptionsEnabled(false);
            }
        }
    }

    @Test
    void refusedTensorMapNamesItsNumbers() {
        try (Driver driver = FakeDriver.driver()) {
            TensorMap map = new TensorMap(64, 8).at(8).dense(0, 64).dense(1, 8);
            CudaException refused =
                    assertThrows(CudaException.class, () -> driver.encode(map, ByteBuffer.allocateDirect(256), 0));
            assertTrue(refused.getMessage().startsWith("cuTensorMapEncodeTiled of tensor map of [64, 8] box [64, 8]"));
        }
    }

    @Test
    void absentDeviceIsNamed() {
        FakeDriver.driver().close();
        String message =
                assertThrows(RuntimeException.class, () -> CudaDriver.open(1)).getMessage();
        assertEquals("cuda: device must be within 0..0, got 1; check CUDA_VISIBLE_DEVICES and nvidia-smi", message);
    }
}
