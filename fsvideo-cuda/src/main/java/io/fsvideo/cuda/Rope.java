package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code rope.cu}: one block per token. */
final class Rope {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    Rope(Device device) {
        kernel = device.kernels().typed("rope");
    }

    void run(Tensor out, Tensor x, Tensor table) {
        long width = x.dim(2) * x.dim(3);
        kernel.begin(x)
                .grid(x.dim(1), x.dim(0))
                .block(Rows.block(width, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(table)
                .int32(table.dim(0))
                .int32(width)
                .int32(x.dim(3))
                .run();
    }
}
