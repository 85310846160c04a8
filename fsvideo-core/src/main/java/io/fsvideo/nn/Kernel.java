package io.fsvideo.nn;

/**
 * Size of a spatial kernel.
 *
 * @param in channels read
 * @param out channels written
 * @param side height and width in pixels, odd
 * @param groups channel groups
 * @param stride step in height and width
 * @param bias whether the checkpoint has one
 */
public record Kernel(long in, long out, int side, int groups, int stride, boolean bias) {
    /** Dense, stride 1, with bias. */
    public static Kernel of(long in, long out, int side) {
        return new Kernel(in, out, side, 1, 1, true);
    }

    /** One {@code side x side} kernel per channel, with bias. */
    public static Kernel depthwise(long channels, int side) {
        return of(channels, channels, side).inGroups(channels);
    }

    public Kernel inGroups(long count) {
        return new Kernel(in, out, side, Math.toIntExact(count), stride, bias);
    }

    public Kernel withStride(int step) {
        return new Kernel(in, out, side, groups, step, bias);
    }

    public Kernel withoutBias() {
        return new Kernel(in, out, side, groups, stride, false);
    }
}
