package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/** {@code x' = x + (sigma' - sigma) v}. */
final class Euler implements Solver {
    private final NoiseSchedule schedule;
    private final Levels levels;

    Euler(NoiseSchedule schedule) {
        this.schedule = schedule;
        this.levels = new Levels(schedule);
    }

    @Override
    public Tensor step(Arena a, Tensor sample, Tensor velocity) {
        int i = levels.advance();
        double change = schedule.sigma(i + 1) - schedule.sigma(i);
        return new Combination().plus(1, sample).plus(change, velocity).sum(a);
    }

    @Override
    public void close() {}
}
