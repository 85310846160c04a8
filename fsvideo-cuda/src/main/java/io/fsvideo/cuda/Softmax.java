package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code softmax.cu}: one block per row. */
final class Softmax {
    private static final int BLOCK = 512;

    private final TypedLaunch kernel;

    Softmax(Device device) {
        kernel = device.kernels().typed("softmax");
    }

    void run(Tensor out, Tensor x) {
        long dim = x.dim(-1);
        kernel.begin(x)
                .grid(Rows.count(x))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .int32(dim)
                .run();
    }
}
