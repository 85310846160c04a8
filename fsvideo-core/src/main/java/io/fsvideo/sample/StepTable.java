package io.fsvideo.sample;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The noise levels of a few-step model, one by one, as it was trained with them.
 *
 * @param sigmas at each call of the model, falling, within 0..1 without 0, which follows the last
 * @since 0.1
 */
public record StepTable(List<Double> sigmas) {
    private static final int MOST = 1000;

    /** @throws SamplingException unless the levels fall within their limits */
    public StepTable {
        sigmas = List.copyOf(sigmas);
        double before = Math.nextUp(1.0);
        for (double sigma : sigmas) {
            if (!(sigma > 0 && sigma < before)) {
                throw new SamplingException("step table: levels must fall from at most 1 to above 0, got " + sigmas);
            }
            before = sigma;
        }
        if (sigmas.isEmpty() || sigmas.size() > MOST) {
            throw new SamplingException("step table: levels must be 1 to " + MOST + ", got " + sigmas.size());
        }
    }

    /** Levels given as diffusion times, 1000 for noise, as published lists have them. @throws SamplingException as the constructor */
    public static StepTable ofTimes(double... times) {
        return new StepTable(Arrays.stream(times)
                .mapToObj(time -> time / NoiseSchedule.TRAIN_STEPS)
                .toList());
    }

    /**
     * Levels given as angles of TrigFlow (arXiv 2410.11081), the first one as the ratio of noise to data that is its tangent.
     *
     * @throws SamplingException as the constructor
     */
    public static StepTable ofAngles(double greatestRatio, double... angles) {
        return new StepTable(DoubleStream.concat(DoubleStream.of(Math.atan(greatestRatio)), Arrays.stream(angles))
                .mapToObj(angle -> Math.sin(angle) / (Math.cos(angle) + Math.sin(angle)))
                .toList());
    }

    /** The table with each level shifted as schedules are: {@code shift s / (1 + (shift - 1) s)}. */
    public StepTable shifted(double shift) {
        if (!(shift > 0) || Double.isInfinite(shift)) {
            throw new SamplingException("step table: shift must be positive and finite, got " + shift);
        }
        return new StepTable(
                sigmas.stream().map(s -> shift * s / (1 + (shift - 1) * s)).toList());
    }

    /** Returns the number of calls of the model. */
    public int steps() {
        return sigmas.size();
    }

    /** Returns the table of its first {@code steps} levels. */
    public StepTable first(int steps) {
        return new StepTable(sigmas.subList(0, Math.min(steps, sigmas.size())));
    }
}
