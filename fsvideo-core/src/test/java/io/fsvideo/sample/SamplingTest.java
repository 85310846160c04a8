package io.fsvideo.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class SamplingTest {
    private static final int SIZE = 257;
    private static final FreshNoise FRESH =
            (a, step, like) -> a.noise(DType.F32, 5, 100 + step, like.shape().toArray());

    private static Tensor normal(Arena a, int stream) {
        return a.noise(DType.F32, 5, stream, 1, SIZE);
    }

    /** A perfect model of one data point predicts noise - data everywhere on the way: every solver must land on the point. */
    @ParameterizedTest
    @CsvSource({
        "EULER, 1",
        "EULER, 2",
        "EULER, 9",
        "UNIPC, 1",
        "UNIPC, 2",
        "UNIPC, 3",
        "UNIPC, 9",
        "DPMPP, 1",
        "DPMPP, 2",
        "DPMPP, 3",
        "DPMPP, 9",
        "RENOISE, 1",
        "RENOISE, 4"
    })
    void landsOnTheDataOfAPerfectModel(Sampler sampler, int steps, Arena a) {
        Tensor data = normal(a, 1);
        NoiseSchedule schedule = sampler.schedule(steps, 5);
        int[] calls = {0};
        Sampling.Velocity model = (t, x, time) -> {
            assertEquals(schedule.timestep(calls[0]), time);
            float scale = (float) (1 / schedule.sigma(calls[0]++));
            return t.weightedSum(new float[] {scale, -scale}, List.of(x, data));
        };
        Tensor result = Sampling.run(a, sampler, schedule, normal(a, 0), FRESH, model, Sampling.Listener.NONE);
        assertEquals(steps, calls[0]);
        assertClose(data.toFloats(), result.toFloats());
    }

    private static void assertClose(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            double tolerance = 1e-5 + 1e-5 * Math.abs(expected[i]);
            assertTrue(Math.abs(expected[i] - actual[i]) <= tolerance, i + ": " + expected[i] + " " + actual[i]);
        }
    }

    /** UniPC's last step is the prediction itself: with one step, {@code x - sigma v} to the bit. */
    @Test
    void endsOnThePredictionExactly(Arena a) {
        NoiseSchedule schedule = Sampler.UNIPC.schedule(1, 5);
        Tensor noise = normal(a, 0);
        Tensor velocity = normal(a, 1);
        Tensor result = Sampling.run(
                a, Sampler.UNIPC, schedule, noise, FRESH, (t, x, time) -> velocity, Sampling.Listener.NONE);
        float sigma = (float) schedule.sigma(0);
        assertArrayEquals(
                a.weightedSum(new float[] {1, -sigma}, List.of(noise, velocity)).toFloats(), result.toFloats());
    }

    @ParameterizedTest
    @MethodSource("io.fsvideo.sample.Sampler#all")
    void survivesInfiniteSignalToNoise(Sampler sampler, Arena a) {
        Tensor velocity = normal(a, 1);
        for (int steps = 1; steps <= 4; steps++) {
            NoiseSchedule schedule = sampler.schedule(steps, 16);
            Tensor result = Sampling.run(
                    a, sampler, schedule, normal(a, 0), FRESH, (t, x, time) -> velocity, Sampling.Listener.NONE);
            for (float value : result.toFloats()) {
                assertTrue(Math.abs(value) < 100, sampler + " " + steps + ": " + value);
            }
        }
    }

    /** Besides sample and velocity, at most two old predictions and one old sample. */
    @ParameterizedTest
    @MethodSource("io.fsvideo.sample.Sampler#all")
    void freesWhatTheOrderDoesNotNeed(Sampler sampler, Arena a) {
        Tensor noise = normal(a, 0);
        Tensor velocity = normal(a, 1);
        long before = a.bytesInUse();
        long[] most = {0};
        Sampling.Listener watch = (done, steps, x) -> most[0] = Math.max(most[0], a.bytesInUse() - before);
        Sampling.run(a, sampler, sampler.schedule(12, 5), noise, FRESH, (t, x, time) -> velocity, watch);
        int tensors = Map.of("EULER", 1, "DPMPP", 2, "UNIPC", 4, "RENOISE", 1).get(sampler.name());
        assertEquals(tensors * noise.bytes(), most[0]);
        assertEquals(before + noise.bytes(), a.bytesInUse());
    }

    @ParameterizedTest
    @MethodSource("io.fsvideo.sample.Sampler#all")
    void freesEverythingWhenStoppedAtAnyStep(Sampler sampler, Arena a) {
        Tensor noise = normal(a, 0);
        Tensor velocity = normal(a, 1);
        long before = a.bytesInUse();
        for (int stop = 1; stop <= 5; stop++) {
            int at = stop;
            IllegalStateException stopped = new IllegalStateException("stop");
            Sampling.Listener listener = (done, steps, x) -> {
                if (done == at) {
                    throw stopped;
                }
            };
            NoiseSchedule schedule = sampler.schedule(5, 5);
            Throwable thrown = assertThrows(
                    IllegalStateException.class,
                    () -> Sampling.run(a, sampler, schedule, noise, FRESH, (t, x, time) -> velocity, listener));
            assertSame(stopped, thrown);
            assertEquals(0, thrown.getSuppressed().length);
            assertEquals(before, a.bytesInUse());
        }
    }

    @ParameterizedTest
    @MethodSource("io.fsvideo.sample.Sampler#all")
    void refusesAStepTooMany(Sampler sampler, Arena a) {
        Tensor x = normal(a, 0);
        try (Solver solver = sampler.solver(a, sampler.schedule(1, 5), FRESH)) {
            solver.step(a, x, x);
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> solver.step(a, x, x));
            assertEquals("solver: steps must be at most 1, got one more", e.getMessage());
        }
    }

    @Test
    void tellsTheListenerEveryStep(Arena a) {
        List<String> seen = new ArrayList<>();
        Tensor velocity = normal(a, 1);
        Sampling.run(
                a,
                Sampler.EULER,
                Sampler.EULER.schedule(3, 5),
                normal(a, 0),
                (t, x, time) -> velocity,
                (done, steps, x) -> seen.add(done + "/" + steps));
        assertEquals(List.of("1/3", "2/3", "3/3"), seen);
    }
}
