package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** Launches {@code gated_add.cu}: one block per token. */
final class GatedAdd {
    private static final int BLOCK = 256;

    private final NarrowingLaunch kernel;

    GatedAdd(Device device) {
        kernel = device.kernels().narrowing("gated_add");
    }

    void run(Tensor out, Tensor x, Tensor gate, Tensor y) {
        run(out, x, gate, y.dtype(), y.address());
    }

    /** @param y address of {@code [batch, tokens, dim]} of {@code yDType} */
    void run(Tensor out, Tensor x, Tensor gate, DType yDType, long y) {
        long dim = x.dim(2);
        kernel.begin(x, yDType)
                .grid(x.dim(1), x.dim(0))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(gate)
                .pointer(y)
                .int32(dim)
                .run();
    }
}
