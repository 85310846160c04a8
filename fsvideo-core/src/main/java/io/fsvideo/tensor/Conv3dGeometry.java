package io.fsvideo.tensor;

import java.util.List;

/**
 * Everything about a convolution but its tensors. Spatial padding is zeros.
 *
 * @param taps temporal geometry
 * @param stride step in height and width
 * @param top rows of zeros above
 * @param bottom rows of zeros below
 * @param left columns of zeros before
 * @param right columns of zeros after
 * @param groups channel groups
 */
public record Conv3dGeometry(FrameTaps taps, int stride, int top, int bottom, int left, int right, int groups) {
    public Conv3dGeometry {
        if (stride < 1 || groups < 1) {
            throw Check.fail("conv3d", "stride and groups", ">= 1", stride + " and " + groups);
        }
        if (top < 0 || bottom < 0 || left < 0 || right < 0) {
            throw Check.fail("conv3d", "padding", ">= 0", List.of(top, bottom, left, right));
        }
    }

    /** Stride 1 with {@code kernel / 2} zeros on every side, as all models of this library but downsampling use. */
    public static Conv3dGeometry same(FrameTaps taps, int kernelHeight, int kernelWidth, int groups) {
        int h = kernelHeight / 2;
        int w = kernelWidth / 2;
        return new Conv3dGeometry(taps, 1, h, h, w, w, groups);
    }

    /** Output rows for {@code height} input rows and a kernel of {@code kernel} rows. */
    public long outputHeight(long height, long kernel) {
        return (height + top + bottom - kernel) / stride + 1;
    }

    /** Output columns for {@code width} input columns and a kernel of {@code kernel} columns. */
    public long outputWidth(long width, long kernel) {
        return (width + left + right - kernel) / stride + 1;
    }
}
