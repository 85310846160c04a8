package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.natives.CudaLibraries;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntFunction;
import jcuda.driver.JCudaDriver;

/** {@code DeviceCheck BACKEND}: the device, the libraries found, and copies to and from it. */
public final class DeviceCheck {
    private static final int COPY_BYTES = 256 << 20;
    private static final int ROUNDS = 4;

    private DeviceCheck() {}

    /** @param arguments name of the backend; bytes of a copy, 256 MiB if absent */
    public static void main(String[] arguments) {
        int bytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : COPY_BYTES;
        try (Backend backend = Backend.open(arguments[0])) {
            System.out.println("device: " + backend.description());
            libraries();
            try (Arena arena = Arena.root(backend, "copies")) {
                String copies = copies(arena, bytes);
                System.out.println("RESULT " + backend.description() + "; " + copies);
            }
        } catch (BackendException e) {
            System.out.println(e.getMessage());
            System.out.println("RESULT " + e.getMessage().lines().findFirst().orElse(""));
            System.exit(1);
        }
    }

    private static void libraries() {
        CudaLibraries libraries = CudaLibraries.ofThisMachine();
        System.out.println("driver: " + libraries.loadDriver());
        int[] version = new int[1];
        JCudaDriver.cuDriverGetVersion(version);
        print("cuBLAS", libraries::loadBlas, version[0]);
        print("cuDNN", libraries::loadDnn, version[0]);
    }

    /** Both are alternatives to kernels of ours: their absence is no failure. */
    private static void print(String name, IntFunction<Path> load, int version) {
        try {
            System.out.println(name + ": " + load.apply(version));
        } catch (BackendException e) {
            System.out.println(name + ": " + e.getMessage());
        }
    }

    private static String copies(Arena arena, int bytes) {
        Backend backend = arena.backend();
        Tensor tensor = arena.alloc("copied", DType.U8, Shape.of(bytes));
        ByteBuffer host = ByteBuffer.allocateDirect(bytes);
        double in = rate(bytes, () -> {
            backend.copyIn(tensor, 0, host.clear());
            backend.synchronize();
        });
        double out = rate(bytes, () -> backend.copyOut(host.clear(), tensor, 0));
        return String.format(Locale.ROOT, "copy in %.1f GB/s, out %.1f GB/s", in, out);
    }

    /** GB/s, the first round left out. */
    private static double rate(int bytes, Runnable copy) {
        copy.run();
        long start = System.nanoTime();
        for (int i = 0; i < ROUNDS; i++) {
            copy.run();
        }
        return (double) ROUNDS * bytes / (System.nanoTime() - start);
    }
}
