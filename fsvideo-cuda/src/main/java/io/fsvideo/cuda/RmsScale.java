package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code rms_scale.cu}: one block per row. */
final class RmsScale {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    RmsScale(Device device) {
        kernel = device.kernels().typed("rms_scale");
    }

    void run(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        long dim = x.dim(-1);
        kernel.begin(x)
                .grid(Rows.count(x))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(squares)
                .pointer(weight)
                .int32(dim)
                .int32(width)
                .float32(eps)
                .run();
    }
}
