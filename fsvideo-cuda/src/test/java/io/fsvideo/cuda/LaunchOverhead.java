package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Host time of operations of one launch each. As a program: through the real bindings, over the driver built from source, which must be
 * told to do nothing ({@code FAKE_CUDA_IDLE=1}).
 */
final class LaunchOverhead {
    static final int BATCH = 2000;

    private static final int BATCHES = 60;

    private LaunchOverhead() {}

    public static void main(String[] arguments) {
        try (Backend backend = new CudaBackend("cuda-bound", FakeDriver.driver(), BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            operations(a).forEach((name, operation) -> System.out.printf("%s %.0f ns%n", name, best(operation)));
        }
    }

    static Map<String, Runnable> operations(Arena a) {
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

    /** A launch's nanoseconds in the fastest batch. */
    static double best(Runnable operation) {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < BATCHES; i++) {
            best = Math.min(best, nanoseconds(operation));
        }
        return best;
    }

    static double nanoseconds(Runnable operation) {
        long start = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            operation.run();
        }
        return (System.nanoTime() - start) / (double) BATCH;
    }
}
