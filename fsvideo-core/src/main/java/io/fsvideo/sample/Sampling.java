package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * The sampling loop.
 *
 * @since 0.1
 */
public final class Sampling {
    private Sampling() {}

    /** A model: the velocity {@code noise - data} at a sample. */
    @FunctionalInterface
    public interface Velocity {
        /** @param time diffusion time, 0 .. 1000 */
        Tensor at(Arena a, Tensor sample, float time);
    }

    /** Told after every step; throw to stop. */
    @FunctionalInterface
    public interface Listener {
        /** Ignores the steps. */
        Listener NONE = (done, steps, sample) -> {};

        /**
         * @param done steps made so far, 1 .. steps
         * @param sample at noise level {@code done}, valid during the call
         */
        void step(int done, int steps, Tensor sample);
    }

    /** The same for solvers that add no noise. */
    public static Tensor run(
            Arena a, Sampler sampler, NoiseSchedule schedule, Tensor noise, Velocity model, Listener listener) {
        return run(a, sampler, schedule, noise, FreshNoise.NONE, model, listener);
    }

    /**
     * Walks {@code noise} down {@code schedule}; returns the sample at noise level 0, in {@code a}.
     *
     * @param fresh noise for solvers that add some at every step
     */
    public static Tensor run(
            Arena a,
            Sampler sampler,
            NoiseSchedule schedule,
            Tensor noise,
            FreshNoise fresh,
            Velocity model,
            Listener listener) {
        try (Arena t = a.child("sampling");
                Solver solver = sampler.solver(t, schedule, fresh);
                History samples = new History(t, "sample")) {
            double scale = solver.noiseScale();
            Tensor sample = scale == 1
                    ? noise
                    : samples.add(next -> new Combination().plus(scale, noise).sum(next));
            for (int i = 0; i < schedule.steps(); i++) {
                Tensor current = sample;
                float time = schedule.timestep(i);
                sample = samples.add(next -> step(next, solver, current, time, model));
                samples.retain(1);
                listener.step(i + 1, schedule.steps(), sample);
            }
            return t.keep(samples.release());
        }
    }

    private static Tensor step(Arena next, Solver solver, Tensor sample, float time, Velocity model) {
        try (Arena t = next.child("model")) {
            return t.keep(solver.step(t, sample, model.at(t, sample, time)));
        }
    }
}
