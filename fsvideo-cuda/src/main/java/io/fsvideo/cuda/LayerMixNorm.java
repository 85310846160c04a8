package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Launches {@code layer_mix_norm.cu}: one block per token. */
final class LayerMixNorm {
    private static final int BLOCK = 256;

    private final NarrowingLaunch kernel;

    LayerMixNorm(Device device) {
        kernel = device.kernels().narrowing("layer_mix_norm");
    }

    void run(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        LayerMix.check("layerMixNorm", logits, states);
        long dim = out.dim(2);
        kernel.begin(states.get(0), out)
                .grid(out.dim(1), out.dim(0))
                .block(Rows.block(dim, BLOCK))
                .pointer(out)
                .pointer(logits)
                .pointers(states)
                .pointer(shift)
                .pointer(scale)
                .int32(logits.dtype().bytes())
                .int32(states.size())
                .int32(dim)
                .float32(eps)
                .run();
    }
}
