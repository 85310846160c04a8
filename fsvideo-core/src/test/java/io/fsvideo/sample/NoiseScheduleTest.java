package io.fsvideo.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseScheduleTest {
    private static int[] times(NoiseSchedule schedule) {
        return IntStream.range(0, schedule.steps())
                .map(i -> (int) schedule.timestep(i))
                .toArray();
    }

    /** Printed by Wan2.1's UniPC scheduler for 40 steps at shift 5. */
    @Test
    void matchesWansFortySteps() {
        int[] times = times(Sampler.UNIPC.schedule(40, 5));
        assertArrayEquals(new int[] {999, 994, 989, 983}, java.util.Arrays.copyOf(times, 4));
        assertArrayEquals(new int[] {208, 113}, java.util.Arrays.copyOfRange(times, 38, 40));
    }

    /** 5 / 8 is exact in DPM++'s levels and just below in UniPC's: truncation, not rounding, tells them apart. */
    @Test
    void truncatesTimes() {
        assertTrue(IntStream.of(times(Sampler.DPMPP.schedule(8, 5))).anyMatch(t -> t == 625));
        assertTrue(IntStream.of(times(Sampler.UNIPC.schedule(8, 5))).anyMatch(t -> t == 624));
    }

    @Test
    void startsAtPureNoiseOnlyForDpmPlusPlus() {
        assertEquals(1, Sampler.DPMPP.schedule(20, 7).sigma(0));
        assertEquals(1000, Sampler.DPMPP.schedule(20, 7).timestep(0));
        assertTrue(Sampler.UNIPC.schedule(20, 7).sigma(0) < 1);
        assertArrayEquals(
                Sampler.UNIPC.schedule(20, 7).sigmas(),
                Sampler.EULER.schedule(20, 7).sigmas());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 251, 1000})
    void fallsToExactlyZero(int steps) {
        for (Sampler sampler : Sampler.all()) {
            NoiseSchedule schedule = sampler.schedule(steps, 5);
            assertEquals(steps, schedule.steps());
            assertEquals(steps + 1, schedule.sigmas().length);
            assertEquals(0, schedule.sigma(steps));
            for (int i = 0; i < steps; i++) {
                assertTrue(schedule.sigma(i) > schedule.sigma(i + 1));
            }
        }
    }

    /** The first two times coincide from 251 steps on at shift 5; the levels must not. */
    @Test
    void keepsLevelsApartWhereTimesCoincide() {
        NoiseSchedule schedule = Sampler.UNIPC.schedule(251, 5);
        assertEquals(schedule.timestep(0), schedule.timestep(1));
        assertTrue(schedule.sigma(0) > schedule.sigma(1));
    }

    @ParameterizedTest
    @MethodSource("io.fsvideo.sample.Sampler#all")
    void refusesSettingsOutOfRange(Sampler sampler) {
        assertMessage("schedule: steps must be >= 1, got 0", () -> sampler.schedule(0, 5));
        assertMessage("schedule: steps must be >= 1, got -3", () -> sampler.schedule(-3, 5));
        assertMessage("schedule: shift must be positive and finite, got 0.0", () -> sampler.schedule(4, 0));
        assertMessage("schedule: shift must be positive and finite, got NaN", () -> sampler.schedule(4, Double.NaN));
        assertMessage(
                "schedule: shift must be positive and finite, got Infinity",
                () -> sampler.schedule(4, Double.POSITIVE_INFINITY));
    }

    @Test
    void refusesAShiftThatMergesLevels() {
        SamplingException e = assertThrows(SamplingException.class, () -> Sampler.UNIPC.schedule(30, 1e12));
        assertTrue(
                e.getMessage().startsWith("schedule: sigmas must fall at every step, got 1.0 then 1.0"),
                e.getMessage());
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(SamplingException.class, call).getMessage());
    }
}
