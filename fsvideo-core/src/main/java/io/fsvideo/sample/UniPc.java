package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * UniPC of order 2 with B(h) = e^h - 1 on predicted data: each step first corrects the sample it is given with the new prediction,
 * then predicts the next one. No extra model call. Source: Wan2.1 wan/utils/fm_solvers_unipc.py @9737cba.
 */
final class UniPc implements Solver {
    private static final int ORDER = 2;

    private final NoiseSchedule schedule;
    private final Levels levels;
    private final History outputs;
    private final History corrected;

    UniPc(Arena state, NoiseSchedule schedule) {
        this.schedule = schedule;
        this.levels = new Levels(schedule);
        this.outputs = new History(state, "unipc outputs");
        this.corrected = new History(state, "unipc samples");
    }

    @Override
    public Tensor step(Arena a, Tensor sample, Tensor velocity) {
        int i = levels.advance();
        outputs.add(h -> new Combination()
                .plus(1, sample)
                .plus(-schedule.sigma(i), velocity)
                .sum(h));
        Tensor start =
                corrected.add(h -> i == 0 ? new Combination().plus(1, sample).sum(h) : correct(h, i));
        Tensor next = predict(a, i, start);
        boolean last = i == schedule.steps() - 1;
        corrected.retain(last ? 0 : 1);
        outputs.retain(last ? 0 : ORDER);
        return next;
    }

    /** Order of the prediction made at step {@code i}: 1, 2, …, 2, 1. */
    private int order(int i) {
        return Math.min(ORDER, Math.min(schedule.steps() - i, i + 1));
    }

    /** The sample at level {@code i} again, from the corrected one before it, now that the prediction at {@code i} is known. */
    private Tensor correct(Arena a, int i) {
        double h = schedule.lambda(i) - schedule.lambda(i - 1);
        double big = Math.expm1(-h);
        double b = (1 - schedule.sigma(i)) * big;
        Combination x = new Combination().plus(schedule.sigma(i) / schedule.sigma(i - 1), corrected.back(0));
        if (order(i - 1) == 1) {
            return x.plus(-0.5 * b, outputs.back(1))
                    .plus(-0.5 * b, outputs.back(0))
                    .sum(a);
        }
        double r = (schedule.lambda(i - 2) - schedule.lambda(i - 1)) / h;
        double phi = big / -h - 1;
        double b1 = phi / big;
        double b2 = 2 * (phi / -h - 0.5) / big;
        double rho1 = (b1 - b2) / (1 - r);
        double rho2 = b1 - rho1;
        return x.plus(-b * (1 - rho1 / r - rho2), outputs.back(1))
                .plus(-b * rho1 / r, outputs.back(2))
                .plus(-b * rho2, outputs.back(0))
                .sum(a);
    }

    /** The sample at level {@code i + 1}. */
    private Tensor predict(Arena a, int i, Tensor start) {
        double to = schedule.sigma(i + 1);
        double h = schedule.lambda(i + 1) - schedule.lambda(i);
        double b = (1 - to) * Math.expm1(-h);
        Combination x = new Combination().plus(to / schedule.sigma(i), start);
        if (order(i) == 1) {
            return x.plus(-b, outputs.back(0)).sum(a);
        }
        double half = 0.5 * b / ((schedule.lambda(i - 1) - schedule.lambda(i)) / h);
        return x.plus(-b + half, outputs.back(0)).plus(-half, outputs.back(1)).sum(a);
    }

    @Override
    public void close() {
        corrected.close();
        outputs.close();
    }
}
