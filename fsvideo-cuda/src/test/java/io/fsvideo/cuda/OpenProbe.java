package io.fsvideo.cuda;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Opens the backend it is told, adds two numbers on it, and prints what happened and how long its thread worked, which other work on the
 * machine does not lengthen; uses no other class of the tests.
 */
final class OpenProbe {
    private OpenProbe() {}

    public static void main(String[] arguments) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        try (Backend backend = Backend.open(arguments[0]);
                Arena arena = Arena.root(backend, "probe")) {
            Tensor x = arena.of("x", new float[] {21}, 1);
            System.out.println("sum " + arena.add(x, x).toFloats()[0]);
        } catch (BackendException e) {
            System.out.println("milliseconds " + (threads.getCurrentThreadCpuTime() - start) / 1_000_000);
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
