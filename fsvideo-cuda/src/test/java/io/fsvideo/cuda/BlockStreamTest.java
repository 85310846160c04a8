package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cuda.EmulatorDriver.Schedule;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Offload;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Residence;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A transformer whose blocks stream through two slots, while copies and work run as late as their events allow. */
class BlockStreamTest {
    private static final int STEPS = 2;

    private static DitConfig config(int layers) {
        return new DitConfig(1, 1, 1, 16, 20, 32, 48, 16, 24, 8, 2, layers, 16, 1e-6f, "dynamic_router");
    }

    private static Backend backend(Schedule schedule, long limit) {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1L << 30, schedule);
        return new CudaBackend(
                "cuda-emulated", driver, BackendOptions.defaults().withMemoryLimit(limit));
    }

    private static float[] run(Schedule schedule, Offload offload, int layers) {
        try (Backend backend = backend(schedule, Long.MAX_VALUE);
                Residence residence = new Residence(backend, "transformer", offload)) {
            DitConfig config = config(layers);
            Dit dit = Weights.load(residence, new RandomSource(1), DType.F32, w -> new Dit(w, config));
            float[] result = new float[0];
            for (int use = 0; use < 2; use++) {
                residence.enter();
                result = steps(backend, dit);
                residence.leave();
            }
            assertEquals(offload == Offload.NONE ? residence.bytes() : 0, backend.bytesInUse());
            return result;
        }
    }

    private static float[] steps(Backend backend, Dit dit) {
        try (Arena a = Arena.root(backend, "test")) {
            Tensor text = a.noise(DType.F32, 2, 0, 5, dit.config().textDim());
            Tensor image = a.noise(DType.F32, 3, 0, 1, 3, dit.config().clipDim());
            Dit.Context context = dit.prepare(a, List.of(text), image);
            Tensor x = a.noise(DType.F32, 4, 0, 1, 2, 2, 2, dit.config().outDim());
            for (int step = 0; step < STEPS; step++) {
                Tensor zeros = a.fill(
                        DType.F32,
                        0,
                        1,
                        2,
                        2,
                        2,
                        dit.config().inDim() - dit.config().outDim());
                x = dit.forward(a, a.concat(-1, List.of(x, zeros)), new float[] {500}, context);
            }
            return x.toFloats();
        }
    }

    @ParameterizedTest
    @CsvSource({"AT_ONCE, 3", "LATE_COPIES, 3", "LATE_WORK, 3", "LATE_COPIES, 2", "LATE_WORK, 4", "LATE_COPIES, 1"})
    void theSameBitsOnEverySchedule(Schedule schedule, int layers) {
        float[] resident = run(Schedule.AT_ONCE, Offload.NONE, layers);
        assertArrayEquals(resident, run(schedule, Offload.BLOCKS, layers));
    }

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void partsToo(Schedule schedule) {
        assertArrayEquals(run(Schedule.AT_ONCE, Offload.NONE, 3), run(schedule, Offload.PARTS, 3));
    }

    /** What is on the device does not grow with the number of blocks. */
    @Test
    void twoBlocksAreOnTheDevice() {
        long[] resident = new long[2];
        for (int i = 0; i < 2; i++) {
            int layers = 3 + 5 * i;
            try (Backend backend = backend(Schedule.AT_ONCE, Long.MAX_VALUE);
                    Residence residence = new Residence(backend, "transformer", Offload.BLOCKS)) {
                Weights.load(residence, new RandomSource(1), DType.F32, w -> new Dit(w, config(layers)));
                residence.enter();
                resident[i] = backend.bytesInUse();
                residence.leave();
                assertTrue(resident[i] < residence.bytes(), residence.bytes() + " bytes");
            }
        }
        long routers = 4L * (config(1).dim() + 1) * (4 + 5 + 6 + 7 + 8); // of layers 4 to 8, which stay together
        assertEquals(resident[0] + routers, resident[1]);
    }

    @Test
    void slotsThatDoNotFitLeaveNothing() {
        long limit = 170_000;
        try (Backend backend = backend(Schedule.AT_ONCE, limit);
                Residence residence = new Residence(backend, "transformer", Offload.BLOCKS)) {
            Weights.load(residence, new RandomSource(1), DType.F32, w -> new Dit(w, config(3)));
            residence.enter();
            long resident = backend.bytesInUse();
            residence.leave();
            try (Arena a = Arena.root(backend, "test")) {
                a.fill(DType.F32, 0, (limit - resident) / 4 + 1);
                long before = backend.bytesInUse();
                assertThrows(OutOfMemoryException.class, residence::enter);
                assertEquals(before, backend.bytesInUse());
            }
            residence.enter();
            residence.leave();
            assertEquals(0, backend.bytesInUse());
        }
    }
}
