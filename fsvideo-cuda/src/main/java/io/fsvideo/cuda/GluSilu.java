package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code glu_silu.cu}: one block per row. */
final class GluSilu {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    GluSilu(Device device) {
        kernel = device.kernels().typed("glu_silu");
    }

    void run(Tensor out, Tensor x) {
        long dim = out.dim(-1);
        kernel.begin(x)
                .grid(Rows.count(out))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .int32(dim)
                .run();
    }
}
