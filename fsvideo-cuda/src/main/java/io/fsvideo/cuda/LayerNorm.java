package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code layer_norm.cu}: one block per row. */
final class LayerNorm {
    private final Launch bf16;

    LayerNorm(Device device) {
        bf16 = device.kernels().entry("layer_norm", "layer_norm");
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        long dim = x.dim(-1);
        bf16.begin()
                .grid(x.numel() / dim)
                .block(128)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(bias)
                .int32(dim)
                .float32(eps)
                .run();
    }
}
