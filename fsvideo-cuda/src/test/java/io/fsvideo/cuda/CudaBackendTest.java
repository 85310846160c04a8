package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CudaBackendTest {
    private static Tensor bytes(Arena a, String name, long count) {
        return a.alloc(name, DType.U8, Shape.of(count));
    }

    @Test
    void aLimitedBackendSaysWhatWasAskedWhatIsInUseAndWhatIsLargest() {
        BackendOptions options = BackendOptions.defaults().withMemoryLimit(10_000);
        try (EmulatedDevice device = EmulatedDevice.of(1 << 20, options, Launch.Listener.NONE);
                Arena a = device.arena();
                Arena t = a.child("block")) {
            bytes(a, "weight", 6000);
            bytes(t, "x", 3000);
            String message = assertThrows(OutOfMemoryException.class, () -> bytes(t, "y", 2000))
                    .getMessage();
            assertEquals(
                    "cuda: memory must fit the limit of 10000 bytes, got a request for 2000 bytes with 9000 in use, at"
                            + " most 9000 so far; close what is not needed, use a smaller size or raise"
                            + " BackendOptions.memoryLimit; asked for y [2000] in test/block, largest in this tree:"
                            + " [weight 6000 in test, x 3000 in test/block]",
                    message);
            assertEquals(9000, device.backend().bytesInUse());
            bytes(t, "z", 1000);
        }
    }

    @Test
    void aFullDeviceIsAnErrorAndNotTheEnd() {
        try (EmulatedDevice device = EmulatedDevice.of(10_000, BackendOptions.defaults(), Launch.Listener.NONE);
                Arena a = device.arena()) {
            bytes(a, "x", 7000);
            String message = assertThrows(OutOfMemoryException.class, () -> bytes(a, "y", 5000))
                    .getMessage();
            assertTrue(message.contains("the device, which has 3000 bytes free"), message);
            bytes(a, "z", 2000);
        }
    }

    @Test
    void aFailedKernelIsTypedAndEverythingCanBeFreed() {
        Launch.Listener failing = (kernel, image, function, grid, block, sharedBytes) -> {
            throw new DeviceLostException("launch of " + kernel, 719, "CUDA_ERROR_LAUNCH_FAILED");
        };
        try (EmulatedDevice device = EmulatedDevice.of(1 << 20, BackendOptions.defaults(), failing);
                Arena a = device.arena()) {
            DeviceLostException lost = assertThrows(DeviceLostException.class, () -> a.fill(DType.F32, 1, 3));
            assertEquals(719, lost.code());
            assertTrue(lost.getMessage().contains("close the backend and open it again"), lost.getMessage());
        }
        try (EmulatedDevice next = EmulatedDevice.open();
                Arena a = next.arena()) {
            assertArrayEquals(new float[] {1, 1, 1}, a.fill(DType.F32, 1, 3).toFloats());
        }
    }

    @Test
    void threadsTakeTurns() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (EmulatedDevice device = EmulatedDevice.open()) {
            Future<?>[] runs = new Future<?>[4];
            for (int i = 0; i < runs.length; i++) {
                float value = i;
                runs[i] = threads.submit(() -> addsUp(device, value));
            }
            for (Future<?> run : runs) {
                run.get();
            }
            assertEquals(0, device.backend().bytesInUse());
        } finally {
            threads.shutdown();
        }
    }

    private static void addsUp(EmulatedDevice device, float value) {
        try (Arena a = device.arena()) {
            Tensor sum = a.fill(DType.F32, 0, 100);
            for (int i = 0; i < 20; i++) {
                sum = a.add(sum, a.fill(DType.F32, value, 100));
            }
            for (float element : sum.toFloats()) {
                assertEquals(20 * value, element);
            }
        }
    }

    @Test
    void computesInBf16() {
        try (EmulatedDevice device = EmulatedDevice.open()) {
            assertEquals(DType.BF16, device.backend().computeDType());
            assertEquals(
                    "emulator, sm_90, 2 processors, 1.0 GiB, driver for CUDA 0.0",
                    device.backend().description());
        }
    }

    @Test
    void onlyNumberedDevicesAreServed() {
        CudaBackendProvider provider = new CudaBackendProvider();
        assertTrue(provider.serves("cuda:0") && provider.serves("cuda:12"));
        assertTrue(!provider.serves("cuda") && !provider.serves("cuda:") && !provider.serves("cuda:x"));
        String message =
                assertThrows(BackendException.class, () -> Backend.open("cuda")).getMessage();
        assertTrue(message.contains("cuda:0, cuda:1, ..."), message);
    }
}
