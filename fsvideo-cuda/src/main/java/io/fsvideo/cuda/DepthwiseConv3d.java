package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;

/** Launches {@code depthwise_conv3d.cu}: kernels 1x3x3, 1x5x5 and 3x3x3 of stride 1 without an activation. */
final class DepthwiseConv3d {
    private static final int BLOCK = 256;
    private static final int COLUMNS = 4;

    private final TypedLaunch picture3;
    private final TypedLaunch picture5;
    private final TypedLaunch volume3;

    DepthwiseConv3d(Device device) {
        Kernels kernels = device.kernels();
        picture3 = kernels.typed("depthwise_conv3d", "depthwise_conv3d_1x3x3");
        picture5 = kernels.typed("depthwise_conv3d", "depthwise_conv3d_1x5x5");
        volume3 = kernels.typed("depthwise_conv3d", "depthwise_conv3d_3x3x3");
    }

    /** Whether this kernel computes {@code c}; it needs something to read. */
    static boolean takes(ConvolutionCall c) {
        return c.w().layout().isDepthwise()
                && (c.isKernel(1, 3, 3) || c.isKernel(1, 5, 5) || c.isKernel(3, 3, 3))
                && c.geometry().stride() == 1
                && c.activation() == Activation.NONE
                && c.w().dtype() == c.x().dtype()
                && c.x().numel() > 0;
    }

    private TypedLaunch entry(ConvolutionCall c) {
        if (c.isKernel(3, 3, 3)) {
            return volume3;
        }
        return c.isKernel(1, 5, 5) ? picture5 : picture3;
    }

    void run(ConvolutionCall c, long frameTaps) {
        Contract.rule(takes(c), "conv3d", "weight", "depthwise 1x3x3, 1x5x5 or 3x3x3 of x's dtype", c.kernel());
        long rows = c.pictures() * c.out().dim(2);
        long threads = rows * groups(c.out().dim(3), COLUMNS) * groups(c.out().dim(4), TypedLaunch.group(c.x()));
        Contract.rule(threads <= Integer.MAX_VALUE - BLOCK, "conv3d", "x", "small enough for 2^31 threads", c.x());
        entry(c).begin(c.x())
                .threads(threads, BLOCK)
                .pointer(c.out())
                .pointer(c.x())
                .pointer(c.w().address())
                .pointer(c.bias())
                .pointer(frameTaps)
                .int32(c.x().dim(0))
                .int32(c.x().dim(1))
                .int32(c.x().dim(2))
                .int32(c.x().dim(3))
                .int32(c.x().dim(4))
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3))
                .int32(c.geometry().top())
                .int32(c.geometry().left())
                .run();
    }

    private static long groups(long size, long group) {
        return (size + group - 1) / group;
    }
}
