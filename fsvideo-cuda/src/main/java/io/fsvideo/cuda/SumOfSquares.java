package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code sum_of_squares.cu}: one block per row. */
final class SumOfSquares {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    SumOfSquares(Device device) {
        kernel = device.kernels().typed("sum_of_squares");
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
