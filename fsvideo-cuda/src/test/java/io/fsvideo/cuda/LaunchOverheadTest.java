package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.fsvideo.cuda.natives.ChildProcess;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Java's share of a launch, on a driver that does nothing: printed where it is time, which depends on the machine; held to where it is not. */
class LaunchOverheadTest {
    private static final DeviceReport DEVICE = new DeviceReport("idle", 9, 0, Long.MAX_VALUE, 132, 232448, 0);

    @Test
    void isOfOneLaunch() {
        IdleDriver driver = new IdleDriver(DEVICE);
        try (Backend backend = new CudaBackend("idle", driver, BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            LaunchOverhead.operations(a).forEach((name, operation) -> {
                long before = driver.launches();
                operation.run();
                assertEquals(1, driver.launches() - before, name);
                System.out.printf("launch overhead of %s: %.0f ns%n", name, LaunchOverhead.best(operation));
            });
        }
    }

    /** Measures JCuda's call and the arguments' way to the driver. */
    @Test
    void isToldThroughTheBindings() {
        FakeDriver.build();
        String output = ChildProcess.java(LaunchOverhead.class, Map.of("FAKE_CUDA_IDLE", "1"), List.of())
                .output();
        output.lines().forEach(line -> {
            System.out.println("launch overhead with the bindings of " + line);
            assertTrue(line.matches("\\w+ \\d+ ns"), line);
        });
        assertEquals(6, output.lines().count(), output);
    }

    @Test
    void makesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Backend backend = new CudaBackend("idle", new IdleDriver(DEVICE), BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            Map<String, Runnable> all = LaunchOverhead.operations(a);
            for (String name : new String[] {"rmsNorm", "modulatedNorm", "gatedAdd", "add"}) {
                for (int i = 0; i < 10; i++) {
                    LaunchOverhead.nanoseconds(all.get(name));
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                LaunchOverhead.nanoseconds(all.get(name));
                long bytes = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(
                        bytes < LaunchOverhead.BATCH,
                        name + ": " + bytes + " bytes in " + LaunchOverhead.BATCH + " launches");
            }
        }
    }
}
