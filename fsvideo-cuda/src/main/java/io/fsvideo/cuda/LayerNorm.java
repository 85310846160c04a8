package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code layer_norm.cu}: one block per row. */
final class LayerNorm {
    private static final int BLOCK = 128;

    private final NarrowingLaunch kernel;

    LayerNorm(Device device) {
        kernel = device.kernels().narrowing("layer_norm");
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        long dim = x.dim(-1);
        kernel.begin(x, out)
                .grid(Rows.count(x))
                .block(BLOCK)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(bias)
                .int32(dim)
                .float32(eps)
                .run();
    }
}
