package io.fsvideo.sample;

/**
 * Noise levels at which guidance is applied; at others the conditional prediction alone is used, which takes half the work.
 * Kynkäänniemi et al., arXiv 2404.07724.
 *
 * @param low least level, 0 .. 1
 * @param high greatest level, low .. 1
 * @since 0.1
 */
public record GuidanceInterval(float low, float high) {
    /** The interval that holds every noise level. */
    public static final GuidanceInterval ALL = new GuidanceInterval(0, 1);

    /** Checks the levels. @throws SamplingException unless {@code 0 <= low <= high <= 1} */
    public GuidanceInterval {
        if (!(0 <= low && low <= high && high <= 1)) {
            throw new SamplingException(
                    "guidance interval: levels must be 0 <= low <= high <= 1, got " + low + " and " + high);
        }
    }

    /** Tells whether a step at this noise level is guided. */
    public boolean contains(double sigma) {
        return low <= sigma && sigma <= high;
    }
}
