package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Java's share of a launch, on a driver that does nothing: time and garbage. */
class LaunchOverheadTest {
    private static final DeviceReport DEVICE = new DeviceReport("idle", 9, 0, Long.MAX_VALUE, 132, 232448, 0);
    private static final int BATCH = 2000;
    private static final int BATCHES = 60;
    /** A busy machine compiles late. */
    private static final int MOST_BATCHES = 1000;

    private static final double MOST_NANOSECONDS = 1000;

    private static Map<String, Runnable> operations(Arena a) {
        Ops ops = a.backend().ops();
        Tensor x = a.alloc("x", DType.BF16, Shape.of(2, 64, 5120));
        Tensor out = a.alloc("out", DType.BF16, Shape.of(2, 64, 5120));
        Tensor vector = a.alloc("vector", DType.F32, Shape.of(5120));
        Tensor batch = a.alloc("batch", DType.F32, Shape.of(2, 5120));
        Tensor weight = a.pack(a.alloc("weight", DType.BF16, Shape.of(5120, 5120)), Layout.LINEAR, DType.BF16);
        Tensor heads = x.reshape(2, 64, 40, 128);
        Map<String, Runnable> all = new LinkedHashMap<>();
        all.put("rmsNorm", () -> ops.rmsNorm(out, x, vector, 1e-6f));
        all.put("modulatedNorm", () -> ops.modulatedNorm(out, x, batch, batch, 1e-6f));
        all.put("gatedAdd", () -> ops.gatedAdd(out, x, batch, x));
        all.put("add", () -> ops.add(out, x, x));
        all.put("linear", () -> ops.linear(out, x, weight, vector, Activation.NONE));
        all.put("attention", () -> ops.attention(out.reshape(2, 64, 40, 128), heads, heads, heads, null, null, 0.1f));
        return all;
    }

    @Test
    void isBelowOneMicrosecond() {
        IdleDriver driver = new IdleDriver(DEVICE);
        try (Backend backend = new CudaBackend("idle", driver, BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            operations(a).forEach((name, operation) -> {
                long before = driver.launches();
                double best = Double.MAX_VALUE;
                int batches = 0;
                while (batches < BATCHES || best > MOST_NANOSECONDS && batches < MOST_BATCHES) {
                    best = Math.min(best, nanoseconds(operation));
                    batches++;
                }
                assertEquals((long) BATCH * batches, driver.launches() - before, name + ": one launch each");
                System.out.printf("launch overhead of %s: %.0f ns%n", name, best);
                assertTrue(best <= MOST_NANOSECONDS, name + ": " + best + " ns of Java per launch");
            });
        }
    }

    private static double nanoseconds(Runnable operation) {
        long start = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            operation.run();
        }
        return (System.nanoTime() - start) / (double) BATCH;
    }

    @Test
    void makesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Backend backend = new CudaBackend("idle", new IdleDriver(DEVICE), BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            Map<String, Runnable> all = operations(a);
            for (String name : new String[] {"rmsNorm", "modulatedNorm", "gatedAdd", "add"}) {
                for (int i = 0; i < 10; i++) {
                    nanoseconds(all.get(name));
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                nanoseconds(all.get(name));
                long bytes = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(bytes < BATCH, name + ": " + bytes + " bytes in " + BATCH + " launches");
            }
        }
    }
}
