package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.LaunchMode;
import io.fsvideo.tensor.RepeatedWork;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.ShapesOnly;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Java's share of a guided step of FSVideo 14B's base model at full size, on a driver that does nothing. */
class StepOverheadTest {
    private static final DeviceReport DEVICE = new DeviceReport("idle", 9, 0, Long.MAX_VALUE, 132, 232448, 0);
    private static final int STEPS = Integer.getInteger("fsvideo.overhead.steps", 6);
    private static final int IMAGE_ROWS = 257;

    @ParameterizedTest
    @EnumSource(LaunchMode.class)
    void aReplayedStepLaunchesNoKernel(LaunchMode mode) {
        DitConfig config = DitConfig.fsvideo14B();
        IdleDriver driver = new IdleDriver(DEVICE);
        try (Backend backend = new CudaBackend(
                        "idle", driver, BackendOptions.defaults().withLaunches(mode));
                Arena a = Arena.root(backend, "test")) {
            Dit dit = Weights.load(a, new ShapesOnly(), DType.BF16, w -> new Dit(w, config));
            Tensor text = a.alloc("text", DType.F32, Shape.of(config.textLen(), config.textDim()));
            Tensor image = a.alloc("image", DType.F32, Shape.of(1, IMAGE_ROWS, config.clipDim()));
            Dit.Context context = dit.prepare(a, List.of(text, text), image);
            Tensor x = a.alloc("x", DType.BF16, Shape.of(2, 31, 6, 10, config.inDim()));
            Tensor times = a.alloc("times", DType.F32, Shape.of(2, config.freqDim()));
            long launches = 0;
            double best = Double.MAX_VALUE;
            try (RepeatedWork work = new RepeatedWork(
                    a, backend.recording(), s -> dit.forward(s, x, times, context, Dit.Shortcut.NONE))) {
                for (int step = 0; step < STEPS; step++) {
                    long before = driver.launches();
                    long start = System.nanoTime();
                    a.write(times, dit.timeFeatures(new float[] {500, 500}));
                    work.run();
                    best = Math.min(best, (System.nanoTime() - start) / 1e6);
                    launches = driver.launches() - before;
                }
            }
            System.out.printf("step of %d launches, %s: %.3f ms of Java%n", launches, mode, best);
            if (mode == LaunchMode.GRAPH) {
                assertEquals(0, launches);
            } else {
                assertTrue(launches > config.numLayers() * 10, launches + " launches");
            }
        }
    }
}
