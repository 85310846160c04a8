package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;

/** The choice of solver, with the noise levels that belong to it. */
public enum Sampler {
    /** First order, one state. */
    EULER {
        @Override
        public NoiseSchedule schedule(int steps, double shift) {
            return NoiseSchedule.fromLastTrainingStep(steps, shift);
        }

        @Override
        public Solver solver(Arena state, NoiseSchedule schedule) {
            return new Euler(schedule);
        }
    },
    /** Predictor-corrector of order 2 (bh2), Wan2.1's default. */
    UNIPC {
        @Override
        public NoiseSchedule schedule(int steps, double shift) {
            return NoiseSchedule.fromLastTrainingStep(steps, shift);
        }

        @Override
        public Solver solver(Arena state, NoiseSchedule schedule) {
            return new UniPc(state, schedule);
        }
    },
    /** DPM-Solver++ (2M, midpoint). */
    DPMPP {
        @Override
        public NoiseSchedule schedule(int steps, double shift) {
            return NoiseSchedule.fromPureNoise(steps, shift);
        }

        @Override
        public Solver solver(Arena state, NoiseSchedule schedule) {
            return new DpmPlusPlus(state, schedule);
        }
    };

    /**
     * Noise levels.
     *
     * @param steps number of model calls, at least 1
     * @param shift above 1 spends more steps at high noise
     * @throws SamplingException when a setting is out of range
     */
    public abstract NoiseSchedule schedule(int steps, double shift);

    /** A solver at its first step. @param state owns what it remembers between steps; must stay open as long as the solver is used */
    public abstract Solver solver(Arena state, NoiseSchedule schedule);
}
