package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;

/** One of the library's samplers. */
record BuiltInSampler(String name, Levels levels, Start start) implements Sampler {
    /** Makes the noise levels. */
    interface Levels {
        NoiseSchedule of(int steps, double shift);
    }

    /** Makes a solver. */
    interface Start {
        Solver of(Arena state, NoiseSchedule schedule, FreshNoise noise);
    }

    @Override
    public NoiseSchedule schedule(int steps, double shift) {
        return levels.of(steps, shift);
    }

    @Override
    public Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise) {
        return start.of(state, schedule, noise);
    }

    @Override
    public String toString() {
        return name;
    }
}
