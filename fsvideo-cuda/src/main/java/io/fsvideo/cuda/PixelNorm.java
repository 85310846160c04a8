package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code pixel_norm.cu}: a power of two of threads for each pixel. */
final class PixelNorm {
    private static final int BLOCK = 256;
    private static final int VALUES = 32;
    private static final int WARP = 32;

    private final TypedLaunch kernel;

    PixelNorm(Device device) {
        kernel = device.kernels().typed("pixel_norm");
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        long channels = x.dim(-1);
        long rows = Rows.count(x);
        int lanes = 1;
        while (lanes < WARP && (long) lanes * VALUES < channels) {
            lanes *= 2;
        }
        kernel.begin(x)
                .threads(rows * lanes, BLOCK)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(bias)
                .int32(rows)
                .int32(channels)
                .float32(eps)
                .run();
    }
}
