package io.fsvideo.tensor;

/**
 * How a tensor's elements lie in memory: {@link #PLAIN} (row major), or packed by a backend for the weight operand of one operation.
 *
 * @param use what the packed weight is for
 * @param groups groups of a convolution weight; 1 otherwise
 */
public record Layout(Use use, int groups) {
    /** Row major, readable by every operation. */
    public static final Layout PLAIN = new Layout(Use.ANY, 1);
    /** Packed weight {@code [out, in]} of {@link Ops#linear}. */
    public static final Layout LINEAR = new Layout(Use.LINEAR, 1);

    /** Operations a layout serves. */
    public enum Use {
        ANY,
        LINEAR,
        CONV3D
    }

    /** Packed weight {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]} of {@link Ops#conv3d}. */
    public static Layout conv3d(int groups) {
        return new Layout(Use.CONV3D, groups);
    }
}
