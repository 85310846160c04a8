package io.fsvideo.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Step tables, and the solver that few-step models are sampled with. */
@ExtendWith(TestArena.class)
class StepTableTest {
    private static final FreshNoise FRESH =
            (a, step, like) -> a.noise(DType.F32, 3, 10 + step, like.shape().toArray());

    private static double[] sigmas(FewSteps model) {
        NoiseSchedule schedule = NoiseSchedule.of(model.table().shifted(model.shift()));
        double[] sigmas = new double[schedule.steps() + 1];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = schedule.sigma(i);
            if (i < schedule.steps()) {
                assertEquals(1000 * sigmas[i], schedule.timestep(i), 1e-4, "the model sees the level, not truncated");
            }
        }
        return sigmas;
    }

    /** Numbers of the publishers' formulas in PyTorch; the table of LightX2V has 1000 entries in F32. */
    @Test
    void levelsArePublishedOnes() {
        assertArrayEquals(new double[] {1, 0.9375, 0.8333333134651184, 0.625, 0}, sigmas(FewSteps.LIGHTX2V), 1e-7);
        assertArrayEquals(new double[] {1, 0.757, 0.522, 0}, sigmas(FewSteps.FASTWAN), 1e-7);
        double[] angles = {0.93378, 0.85290, 0.60898};
        assertArrayEquals(
                new double[] {0.9876543209876543, angles[0], angles[1], angles[2], 0}, sigmas(FewSteps.TURBOWAN), 1e-5);
        assertEquals(0.9950248756218906, sigmas(FewSteps.TURBOWAN_I2V)[0], 1e-7);
    }

    /** In F32, of which each of at most three terms rounds: 4 ulp of their size. */
    @Test
    void renoisesAsPublished(Arena a) {
        NoiseSchedule schedule = NoiseSchedule.of(FewSteps.TURBOWAN.table());
        Tensor noise = a.noise(DType.F32, 1, 0, 1, 257);
        Tensor slope = a.noise(DType.F32, 2, 0, 1, 257);
        List<float[]> seen = new ArrayList<>();
        Tensor result = Sampling.run(
                a,
                Sampler.RENOISE,
                schedule,
                noise,
                FRESH,
                (t, x, time) -> {
                    seen.add(x.toFloats());
                    return t.mul(x, slope);
                },
                Sampling.Listener.NONE);
        double[] x = new double[257];
        for (int i = 0; i < x.length; i++) {
            x[i] = noise.toFloats()[i] * schedule.sigma(0);
        }
        for (int step = 0; step < schedule.steps(); step++) {
            assertClose(x, seen.get(step), "step " + step);
            double to = schedule.sigma(step + 1);
            float[] fresh = FRESH.of(a, step, noise).toFloats();
            for (int i = 0; i < x.length; i++) {
                double velocity = x[i] * slope.toFloats()[i];
                x[i] = (1 - to) * (x[i] - schedule.sigma(step) * velocity) + to * fresh[i];
            }
        }
        assertClose(x, result.toFloats(), "result");
    }

    private static void assertClose(double[] expected, float[] found, String what) {
        for (int i = 0; i < expected.length; i++) {
            double tolerance = 4 * Math.ulp(16f);
            assertTrue(
                    Math.abs(expected[i] - found[i]) <= tolerance,
                    what + "[" + i + "] " + expected[i] + " " + found[i]);
        }
    }

    @Test
    void freshNoiseMustBeGivenWhereItIsAdded(Arena a) {
        Tensor noise = a.noise(DType.F32, 1, 0, 1, 8);
        SamplingException e = assertThrows(
                SamplingException.class,
                () -> Sampling.run(
                        a,
                        Sampler.RENOISE,
                        Sampler.RENOISE.schedule(2, 5),
                        noise,
                        (t, x, time) -> noise,
                        Sampling.Listener.NONE));
        assertEquals("sampling: fresh noise must be given for a solver that adds some, got none", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1001", "0", "500,500", "500,750", "NaN", "1000,0"})
    void levelsMustFallWithinTheirLimits(String text) {
        double[] times = text.isEmpty()
                ? new double[0]
                : java.util.Arrays.stream(text.split(","))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
        SamplingException e = assertThrows(SamplingException.class, () -> StepTable.ofTimes(times));
        assertTrue(e.getMessage().startsWith("step table: levels must "), e.getMessage());
    }

    @Test
    void namesThatAreNotKnownAreRefusedWithAll() {
        SamplingException e = assertThrows(SamplingException.class, () -> FewSteps.named("lcm"));
        assertEquals(
                "few steps: name must be one of [lightx2v, fastwan, turbowan, turbowan-i2v], got lcm", e.getMessage());
    }
}
