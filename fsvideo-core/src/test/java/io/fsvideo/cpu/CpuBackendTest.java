package io.fsvideo.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
    private final BackendOptions options = BackendOptions.defaults().withThreads(3);
    private final Backend backend = Backend.open("cpu", options);

    @AfterEach
    void close() {
        assertEquals(0, backend.bytesInUse());
        backend.close();
        backend.close();
    }

    private static Tensor conv(Arena a) {
        Tensor weight = a.pack(a.noise(DType.F32, 2, 0, 32, 32, 3, 3, 3), Layout.conv3d(1), DType.F32);
        Tensor x = a.noise(DType.F32, 1, 0, 1, 5, 48, 48, 32);
        return a.conv3d(x, weight, null, Conv3dGeometry.same(FrameTaps.causal(5, 3), 3, 3, 1), Activation.SILU);
    }

    @Test
    void saysWhatItIs() {
        assertEquals("cpu", backend.name());
        assertTrue(backend.description().contains("oneDNN 3."), backend.description());
        assertTrue(backend.description().contains("3 threads"), backend.description());
    }

    @Test
    void computesInBf16OnlyWhereTheProcessorDoes() {
        assertFalse(OneDnn.hasBf16(0), "unknown processor");
        assertFalse(OneDnn.hasBf16(0x7), "AVX2");
        assertFalse(OneDnn.hasBf16(0x67), "AVX-512 with VNNI");
        assertTrue(OneDnn.hasBf16(0xe7), "AVX-512 with BF16");
        assertTrue(OneDnn.hasBf16(0xfef), "AMX");
    }

    @Test
    void scratchIsInThePeakAndGoneAfterwards() {
        try (Arena a = Arena.root(backend, "peak")) {
            conv(a);
            assertEquals(a.bytesInUse(), backend.bytesInUse());
            assertTrue(backend.peakBytes() > a.peakBytes(), "a slab of the input is working memory");
            assertTrue(backend.peakBytes() < a.peakBytes() + (16 << 20), "but a small one");
        }
    }

    @Test
    void scratchObeysTheLimitAndFailureLeavesNothing() {
        long tensors;
        try (Arena a = Arena.root(backend, "measure")) {
            conv(a);
            tensors = a.peakBytes();
        }
        Backend tight = Backend.open("cpu", options.withMemoryLimit(tensors + 1000));
        try (Arena a = Arena.root(tight, "tight")) {
            OutOfMemoryException e = assertThrows(OutOfMemoryException.class, () -> conv(a));
            assertTrue(e.getMessage().contains("limit of " + (tensors + 1000)), e.getMessage());
            assertEquals(a.bytesInUse(), tight.bytesInUse());
        }
        assertEquals(0, tight.bytesInUse());
        tight.close();
    }

    @Test
    void closingWithLiveTensorsSaysSo() {
        Backend other = Backend.open("cpu", options);
        Arena a = Arena.root(other, "leak");
        a.fill(DType.F32, 1, 100);
        String message = assertThrows(IllegalStateException.class, other::close).getMessage();
        assertTrue(message.contains("got 1 live of 400 bytes"), message);
        assertEquals(0, other.bytesInUse());
    }

    @Test
    void operationsAfterCloseAreRefused() {
        Backend other = Backend.open("cpu", options);
        try (Arena a = Arena.root(backend, "source")) {
            Tensor x = a.fill(DType.F32, 1, 4);
            other.close();
            assertThrows(IllegalStateException.class, () -> other.ops().fill(x, 2));
        }
    }

    @Test
    void threadsEndWithTheBackend() {
        Backend other = Backend.open("cpu", options.withThreads(5));
        long before = workerThreads();
        other.close();
        assertEquals(4, before - workerThreads());
    }

    private static long workerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fsvideo-cpu-"))
                .peek(thread -> assertTrue(thread.isDaemon()))
                .count();
    }

    @Test
    void anErrorInOneTaskReachesTheCallerAndNothingElseBreaks() {
        try (Arena a = Arena.root(backend, "error")) {
            float[] ids = new float[20_000];
            ids[15_000] = 7;
            Tensor table = a.noise(DType.F32, 1, 0, 7, 3);
            Tensor bad = a.of("ids", DType.I32, ids, ids.length);
            String message = assertThrows(ShapeException.class, () -> a.embedding(bad, table))
                    .getMessage();
            assertTrue(message.contains("within 0..6"), message);
            assertTrue(message.contains("got 7"), message);
            ids[15_000] = 6;
            assertEquals(
                    60_000,
                    a.embedding(a.of("ids", DType.I32, ids, ids.length), table).toFloats().length);
        }
    }

    @Test
    void anInterruptedCallerStillGetsItsResultAndItsFlag() {
        try (Arena a = Arena.root(backend, "interrupt")) {
            float[] expected = conv(a).toFloats();
            Thread.currentThread().interrupt();
            float[] result = conv(a).toFloats();
            assertTrue(Thread.interrupted());
            assertArrayEquals(expected, result);
        }
    }

    @Test
    void severalThreadsMayUseOneBackend() {
        float[] expected;
        try (Arena a = Arena.root(backend, "alone")) {
            expected = conv(a).toFloats();
        }
        CompletableFuture<?>[] users = new CompletableFuture<?>[4];
        for (int i = 0; i < users.length; i++) {
            users[i] = CompletableFuture.runAsync(() -> {
                for (int round = 0; round < 5; round++) {
                    try (Arena a = Arena.root(backend, "user")) {
                        assertArrayEquals(expected, conv(a).toFloats());
                    }
                }
            });
        }
        CompletableFuture.allOf(users).join();
    }

    @Test
    void copiesAnyKindOfBufferAndChecksTheRange() {
        try (Arena a = Arena.root(backend, "copy")) {
            Tensor x = a.fill(DType.I32, 0, 40_000);
            ByteBuffer heap = ByteBuffer.allocate(160_000).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 40_000; i++) {
                heap.putInt(i * 4, i * 17);
            }
            backend.copyIn(x, 0, heap.asReadOnlyBuffer());
            ByteBuffer direct = ByteBuffer.allocateDirect(80_000).order(ByteOrder.LITTLE_ENDIAN);
            direct.position(8);
            backend.copyOut(direct, x, 4000);
            assertEquals(80_000, direct.position());
            assertEquals(1000 * 17, direct.getInt(8));
            assertEquals((1000 + 19_997) * 17, direct.getInt(79_996));
            backend.copyIn(x, 0, direct.position(8));
            assertEquals(1000 * 17, x.toFloats()[0]);
            assertThrows(IndexOutOfBoundsException.class, () -> backend.copyOut(ByteBuffer.allocate(8), x, 159_996));
            assertThrows(IndexOutOfBoundsException.class, () -> backend.copyIn(x, -1, ByteBuffer.allocate(8)));
        }
    }
}
