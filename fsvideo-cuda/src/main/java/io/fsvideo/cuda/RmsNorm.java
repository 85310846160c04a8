package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code rms_norm.cu}: one block per row. */
final class RmsNorm {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    RmsNorm(Device device) {
        kernel = device.kernels().typed("rms_norm");
    }

    void run(Tensor out, Tensor x, Tensor weight, float eps) {
        long dim = x.dim(-1);
        kernel.begin(x)
                .grid(Rows.count(x))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .int32(dim)
                .float32(eps)
                .run();
    }
}
