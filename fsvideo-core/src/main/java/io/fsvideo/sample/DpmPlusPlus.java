package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/** DPM-Solver++ 2M, midpoint. First and last step are of order 1. Source: Wan2.1 wan/utils/fm_solvers.py @9737cba. */
final class DpmPlusPlus implements Solver {
    private final NoiseSchedule schedule;
    private final Levels levels;
    private final History outputs;

    DpmPlusPlus(Arena state, NoiseSchedule schedule) {
        this.schedule = schedule;
        this.levels = new Levels(schedule);
        this.outputs = new History(state, "dpmpp");
    }

    @Override
    public Tensor step(Arena a, Tensor sample, Tensor velocity) {
        int i = levels.advance();
        boolean last = i == schedule.steps() - 1;
        Tensor data = outputs.add(h -> new Combination()
                .plus(1, sample)
                .plus(-schedule.sigma(i), velocity)
                .sum(h));
        double to = schedule.sigma(i + 1);
        double h = schedule.lambda(i + 1) - schedule.lambda(i);
        double b = (1 - to) * Math.expm1(-h);
        Combination next = new Combination().plus(to / schedule.sigma(i), sample);
        if (i == 0 || last) {
            next.plus(-b, data);
        } else {
            double half = 0.5 * b * (h / (schedule.lambda(i) - schedule.lambda(i - 1)));
            next.plus(-b - half, data).plus(half, outputs.back(1));
        }
        Tensor result = next.sum(a);
        outputs.retain(last ? 0 : 1);
        return result;
    }

    @Override
    public void close() {
        outputs.close();
    }
}
