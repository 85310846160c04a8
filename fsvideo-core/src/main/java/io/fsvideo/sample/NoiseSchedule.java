package io.fsvideo.sample;

/**
 * Noise levels of a sampling run: {@code steps + 1} levels sigma from nearly 1 (noise) to exactly 0, and the time the model is
 * called with at each step. A sample at level sigma is {@code (1 - sigma) data + sigma noise}.
 *
 * <p>Source: Wan2.1 wan/utils/fm_solvers_unipc.py and fm_solvers.py @9737cba.
 *
 * @since 0.1
 */
public final class NoiseSchedule {
    /** Diffusion times run from 0 to this. */
    public static final int TRAIN_STEPS = 1000;

    private final float[] sigmas;
    private final float[] timesteps;

    private NoiseSchedule(double first, int steps, double shift) {
        if (steps < 1) {
            throw new SamplingException("schedule: steps must be >= 1, got " + steps);
        }
        if (!(shift > 0) || Double.isInfinite(shift)) {
            throw new SamplingException("schedule: shift must be positive and finite, got " + shift);
        }
        sigmas = new float[steps + 1];
        timesteps = new float[steps];
        double step = -first / steps;
        for (int i = 0; i < steps; i++) {
            double s = i * step + first;
            double sigma = shift * s / (1 + (shift - 1) * s);
            sigmas[i] = (float) sigma;
            timesteps[i] = (int) (sigma * TRAIN_STEPS);
        }
        for (int i = 0; i < steps; i++) {
            if (!(sigmas[i] > sigmas[i + 1])) {
                throw new SamplingException("schedule: sigmas must fall at every step, got " + sigmas[i] + " then "
                        + sigmas[i + 1] + " for " + steps + " steps with shift " + shift
                        + "; use fewer steps or a milder shift");
            }
        }
    }

    private NoiseSchedule(StepTable table) {
        sigmas = new float[table.steps() + 1];
        timesteps = new float[table.steps()];
        for (int i = 0; i < timesteps.length; i++) {
            sigmas[i] = (float) (double) table.sigmas().get(i);
            timesteps[i] = (float) (table.sigmas().get(i) * TRAIN_STEPS);
        }
    }

    /** Levels of a table; times are not truncated. */
    public static NoiseSchedule of(StepTable table) {
        return new NoiseSchedule(table);
    }

    /** Levels as UniPC uses them: the first is that of the last training step, just below 1. */
    public static NoiseSchedule fromLastTrainingStep(int steps, double shift) {
        return new NoiseSchedule(1f - 1f / TRAIN_STEPS, steps, shift);
    }

    /** Levels as DPM++ uses them: the first is exactly 1. */
    public static NoiseSchedule fromPureNoise(int steps, double shift) {
        return new NoiseSchedule(1, steps, shift);
    }

    /** Number of model calls. */
    public int steps() {
        return timesteps.length;
    }

    /** Noise level {@code i}, 0 .. {@link #steps}; the last is 0. */
    public double sigma(int i) {
        return sigmas[i];
    }

    /** Diffusion time of step {@code i}, 0 .. 1000, truncated to a whole number unless a table says it. */
    public float timestep(int i) {
        return timesteps[i];
    }

    /** All noise levels. */
    public float[] sigmas() {
        return sigmas.clone();
    }

    /** Half the logarithm of the signal-to-noise ratio at level {@code i}; infinite where the level is 0 or 1. */
    double lambda(int i) {
        return Math.log1p(-sigma(i)) - Math.log(sigma(i));
    }
}
