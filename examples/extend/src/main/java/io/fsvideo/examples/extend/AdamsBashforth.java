package io.fsvideo.examples.extend;

import io.fsvideo.sample.FreshNoise;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Solver;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * A sampler: the two-step method of Adams and Bashforth for unequal steps, of second order with one model call a step. The first step is
 * Euler's.
 */
public final class AdamsBashforth implements Sampler {
    @Override
    public String name() {
        return "AB2";
    }

    @Override
    public NoiseSchedule schedule(int steps, double shift) {
        return NoiseSchedule.fromLastTrainingStep(steps, shift);
    }

    @Override
    public Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise) {
        return new TwoSteps(state, schedule);
    }

    /** Remembers the last velocity, in an arena of its own so that it can be freed when the next one comes. */
    private static final class TwoSteps implements Solver {
        private final Arena state;
        private final NoiseSchedule schedule;
        private int made;
        private Arena held;
        private Tensor before;

        TwoSteps(Arena state, NoiseSchedule schedule) {
            this.state = state;
            this.schedule = schedule;
        }

        @Override
        public Tensor step(Arena a, Tensor sample, Tensor velocity) {
            Tensor next = a.weightedSum(
                    weights(), before == null ? List.of(sample, velocity) : List.of(sample, velocity, before));
            remember(velocity);
            made++;
            return next;
        }

        private float[] weights() {
            double step = schedule.sigma(made + 1) - schedule.sigma(made);
            if (before == null) {
                return new float[] {1, (float) step};
            }
            double ratio = step / (2 * (schedule.sigma(made) - schedule.sigma(made - 1)));
            return new float[] {1, (float) (step * (1 + ratio)), (float) (-step * ratio)};
        }

        private void remember(Tensor velocity) {
            close();
            held = state.child("velocity before");
            before = held.weightedSum(new float[] {1}, List.of(velocity));
        }

        @Override
        public void close() {
            if (held != null) {
                held.close();
                held = null;
                before = null;
            }
        }
    }
}
