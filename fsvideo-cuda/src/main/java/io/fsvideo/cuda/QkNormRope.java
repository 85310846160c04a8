package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code qk_norm_rope.cu}: one block per token. */
final class QkNormRope {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    QkNormRope(Device device) {
        kernel = device.kernels().typed("qk_norm_rope");
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        long width = x.dim(2) * x.dim(3);
        kernel.begin(x)
                .grid(x.dim(1), x.dim(0))
                .block(Rows.block(width, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(table)
                .int32(table.dim(0))
                .int32(width)
                .int32(x.dim(3))
                .float32(eps)
                .run();
    }
}
