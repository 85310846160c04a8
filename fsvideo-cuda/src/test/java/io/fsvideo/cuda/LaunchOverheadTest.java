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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Java's share of a launch, on a driver that does nothing: time and garbage. */
class LaunchOverheadTest {
    private static final DeviceReport DEVICE = new DeviceReport("idle", 9, 0, Long.MAX_VALUE, 132, 232448, 0);

    @Test
    void isBelowOneMicrosecond() {
        IdleDriver driver = new IdleDriver(DEVICE);
        try (Backend backend = new CudaBackend("idle", driver, BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            LaunchOverhead.operations(a).forEach((name, operation) -> {
                long before = driver.launches();
                operation.run();
                assertEquals(1, driver.launches() - before, name);
                double best = LaunchOverhead.best(operation);
                System.out.printf("launch overhead of %s: %.0f ns%n", name, best);
                assertTrue(best <= LaunchOverhead.MOST_NANOSECONDS, name + ": " + best + " ns of Java per launch");
            });
        }
    }

    /** With JCuda's call and the arguments' way to the driver. */
    @Test
    void isBelowOneMicrosecondThroughTheBindings() {
        FakeDriver.build();
        String output = ChildProcess.java(LaunchOverhead.class, Map.of("FAKE_CUDA_IDLE", "1"), List.of())
                .output();
        Pattern line = Pattern.compile("(\\w+) (\\d+) ns");
        List<String> slow = output.lines()
                .filter(text -> {
                    Matcher matcher = line.matcher(text);
                    return !matcher.matches() || Long.parseLong(matcher.group(2)) > LaunchOverhead.MOST_NANOSECONDS;
                })
                .toList();
        assertEquals(List.of(), slow);
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
