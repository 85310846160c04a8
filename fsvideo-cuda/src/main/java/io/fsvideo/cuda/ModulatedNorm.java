package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code modulated_norm.cu}: one block per token. */
final class ModulatedNorm {
    private static final int BLOCK = 256;

    private final NarrowingLaunch kernel;

    ModulatedNorm(Device device) {
        kernel = device.kernels().narrowing("modulated_norm");
    }

    void run(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        long dim = x.dim(2);
        kernel.begin(x, out)
                .grid(x.dim(1), x.dim(0))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(x)
                .pointer(shift)
                .pointer(scale)
                .int32(dim)
                .float32(eps)
                .run();
    }
}
