package io.fsvideo.tensor;

import java.util.Arrays;

/**
 * The temporal geometry of a convolution as a table: for every output frame, the {@code kernel} source frames its taps read. Padding,
 * causality, groups, streaming and strides are all this one table, so a backend knows one rule only.
 */
public final class FrameTaps {
    /** Entry that reads a frame of zeros. */
    public static final int ZERO = -1;

    private final int kernel;
    private final int[] sources;

    private FrameTaps(int kernel, int[] sources) {
        this.kernel = kernel;
        this.sources = sources;
    }

    /**
     * @param kernel taps in time
     * @param sources {@code [outputFrames * kernel]} input frame indices or {@link #ZERO}, output frame outermost
     */
    public static FrameTaps of(int kernel, int... sources) {
        if (kernel < 1 || sources.length % kernel != 0) {
            throw new ShapeException(
                    "frameTaps: sources must be a multiple of kernel, got " + sources.length + " and " + kernel);
        }
        if (Arrays.stream(sources).anyMatch(source -> source < ZERO)) {
            throw new ShapeException("frameTaps: sources must be frames or ZERO, got " + Arrays.toString(sources));
        }
        return new FrameTaps(kernel, sources.clone());
    }

    /** No padding: {@code frames - kernel + 1} outputs (none when the input is shorter than the kernel). */
    public static FrameTaps valid(int frames, int kernel) {
        return clamped(Math.max(0, frames - kernel + 1), kernel, 0, frames);
    }

    /** First frame repeated {@code kernel - 1} times in front: output t reads t - kernel + 1 .. t. */
    public static FrameTaps causal(int frames, int kernel) {
        return clamped(frames, kernel, -(kernel - 1), frames);
    }

    /** First and last frame repeated at both ends. */
    public static FrameTaps same(int frames, int kernel) {
        return clamped(frames, kernel, -(kernel / 2), frames);
    }

    /** Frames of zeros at both ends. */
    public static FrameTaps zero(int frames, int kernel) {
        int[] sources = new int[frames * kernel];
        for (int t = 0; t < frames; t++) {
            for (int k = 0; k < kernel; k++) {
                int source = t - kernel / 2 + k;
                sources[t * kernel + k] = source < 0 || source >= frames ? ZERO : source;
            }
        }
        return new FrameTaps(kernel, sources);
    }

    private static FrameTaps clamped(int outputs, int kernel, int first, int frames) {
        int[] sources = new int[outputs * kernel];
        for (int t = 0; t < outputs; t++) {
            for (int k = 0; k < kernel; k++) {
                sources[t * kernel + k] = Math.max(0, Math.min(frames - 1, t + first + k));
            }
        }
        return new FrameTaps(kernel, sources);
    }

    /** Taps in time. */
    public int kernel() {
        return kernel;
    }

    /** Number of output frames. */
    public int outputs() {
        return sources.length / kernel;
    }

    /** Input frame that tap {@code k} of output frame {@code t} reads, or {@link #ZERO}. */
    public int source(int t, int k) {
        return sources[t * kernel + k];
    }

    /** Smallest number of input frames this table can read from. */
    public int requiredFrames() {
        return Arrays.stream(sources).max().orElse(ZERO) + 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FrameTaps taps && kernel == taps.kernel && Arrays.equals(sources, taps.sources);
    }

    @Override
    public int hashCode() {
        return 31 * kernel + Arrays.hashCode(sources);
    }

    @Override
    public String toString() {
        return "taps " + kernel + " -> " + outputs() + " frames";
    }
}
