package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cuda.EmulatorDriver.Schedule;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.LaunchMode;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.RepeatedWork;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A transformer's step recorded as a graph: the bits and the memory of the same step queued kernel by kernel. */
class CudaRecordingTest {
    private static final int STEPS = 4;
    private static final DitConfig CONFIG =
            new DitConfig(1, 1, 1, 16, 20, 32, 48, 16, 24, 8, 2, 3, 16, 1e-6f, "dynamic_router");

    private static Backend backend(LaunchMode mode, Schedule schedule, Launch.Listener listener) {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1L << 30, schedule);
        return new CudaBackend(
                "cuda-emulated", driver, BackendOptions.defaults().withLaunches(mode), listener);
    }

    /** What the last of some steps gives, and the most memory after the first. */
    private record Run(float[] values, long peak, int launches) {}

    private static Run steps(LaunchMode mode, Schedule schedule, DType dtype) {
        RecordedLaunch.Recorder recorder = new RecordedLaunch.Recorder();
        try (Backend backend = backend(mode, schedule, recorder);
                Arena a = Arena.root(backend, "test")) {
            Dit dit = Weights.load(a, new RandomSource(1), dtype, w -> new Dit(w, CONFIG));
            Tensor text = a.noise(DType.F32, 2, 0, 5, CONFIG.textDim());
            Dit.Context context = dit.prepare(a, List.of(text), a.noise(DType.F32, 3, 0, 1, 3, CONFIG.clipDim()));
            Tensor x = a.noise(dtype, 4, 0, 1, 2, 2, 2, CONFIG.inDim());
            Tensor times = a.alloc("times", DType.F32, Shape.of(1, CONFIG.freqDim()));
            int before = recorder.launches().size();
            backend.resetPeak();
            try (RepeatedWork work = new RepeatedWork(
                    a, backend.recording(), s -> dit.forward(s, x, times, context, Dit.Shortcut.NONE))) {
                float[] last = new float[0];
                for (int step = 0; step < STEPS; step++) {
                    a.write(times, dit.timeFeatures(new float[] {1000 - 100 * step}));
                    last = work.run().toFloats();
                    try (Arena t = a.child("next")) {
                        Tensor result = t.cast(t.of("last", last, 1, 2, 2, 2, CONFIG.outDim()), dtype);
                        Tensor rest = t.slice(x, -1, 0, CONFIG.inDim() - CONFIG.outDim());
                        a.write(x, t.concat(-1, List.of(result, rest)));
                    }
                }
                return new Run(last, backend.peakBytes(), recorder.launches().size() - before);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, AT_ONCE", "BF16, AT_ONCE", "F32, LATE_WORK"})
    void isTheSameWork(DType dtype, Schedule schedule) {
        Run eager = steps(LaunchMode.EAGER, Schedule.AT_ONCE, dtype);
        Run graph = steps(LaunchMode.GRAPH, schedule, dtype);
        assertArrayEquals(eager.values, graph.values);
        // Two of the four forwards are queued kernel by kernel: the rehearsal and the recording.
        assertTrue(graph.launches < 0.6 * eager.launches, graph.launches + " of " + eager.launches);
        assertTrue(graph.peak <= 1.05 * eager.peak, graph.peak + " and " + eager.peak + " bytes");
    }

    @Test
    void eagerBackendsDoNotRecord() {
        try (Backend backend = backend(LaunchMode.EAGER, Schedule.AT_ONCE, Launch.Listener.NONE)) {
            assertNull(backend.recording());
        }
    }

    @Test
    void planningRecordsToo() {
        try (Backend backend = backend(LaunchMode.GRAPH, Schedule.AT_ONCE, Launch.Listener.NONE);
                Backend plan = backend.planning();
                Arena a = Arena.root(plan, "plan")) {
            Tensor x = a.fill(DType.F32, 1, 1000);
            try (RepeatedWork work = new RepeatedWork(a, plan.recording(), s -> s.add(x, x))) {
                work.run();
                work.run();
                work.run();
                // The result's place, at a multiple of 256 bytes, and x.
                assertEquals(4000 + 4096, plan.bytesInUse());
            }
            assertEquals(4000, plan.bytesInUse());
        }
    }

    /** A copy would be repeated with whatever the page-locked block holds then. */
    @Test
    void copiesAreRefusedAndEverythingIsFreed() {
        try (EmulatedDevice device = EmulatedDevice.open();
                Arena a = device.arena()) {
            Tensor x = a.of("x", new float[] {1, 2}, 2);
            long before = device.backend().bytesInUse();
            try (RepeatedWork work = new RepeatedWork(
                    a, device.backend().recording(), s -> s.add(x, s.of("constant", new float[] {3, 4}, 2)))) {
                assertArrayEquals(new float[] {4, 6}, work.run().toFloats());
                String message =
                        assertThrows(IllegalStateException.class, work::run).getMessage();
                assertTrue(message.startsWith("cuda: recorded work must not copy to or from the host"), message);
            }
            assertEquals(before, device.backend().bytesInUse());
            assertArrayEquals(new float[] {2, 4}, a.add(x, x).toFloats());
        }
    }

    @Test
    void aRegionThatDoesNotFitIsAnErrorAndNotTheEnd() {
        BackendOptions options = BackendOptions.defaults().withMemoryLimit(14_000);
        try (EmulatedDevice device = EmulatedDevice.of(1 << 20, options, Launch.Listener.NONE);
                Arena a = device.arena()) {
            Tensor x = a.fill(DType.F32, 1, 1000);
            try (RepeatedWork work = new RepeatedWork(a, device.backend().recording(), s -> s.add(x, x))) {
                work.run();
                try (Arena other = device.arena()) {
                    other.fill(DType.F32, 1, 1500);
                    assertThrows(OutOfMemoryException.class, work::run);
                }
            }
            assertArrayEquals(new float[] {2}, a.slice(a.add(x, x), 0, 0, 1).toFloats());
        }
    }
}
