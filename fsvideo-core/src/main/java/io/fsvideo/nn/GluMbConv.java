package io.fsvideo.nn;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** Gated inverted bottleneck (EfficientViT's GLUMBConv): expand with SiLU, per-channel convolution, gate, project, norm. */
public record GluMbConv(Linear inverted, Conv3d depth, Linear point, Norm norm) implements Layer {
    /** Reads {@code inverted_conv.conv}, {@code depth_conv.conv} and {@code point_conv.conv} with its norm. */
    public static GluMbConv of(Weights w, long channels, EVitOptions options) {
        long inner = channels * options.expandRatio();
        TimeMode time = options.time();
        return new GluMbConv(
                Pointwise.of(w.at("inverted_conv", "conv"), channels, 2 * inner, time),
                Conv3d.of(w.at("depth_conv", "conv"), Kernel.depthwise(2 * inner, 3), time),
                Pointwise.withoutBias(w.at("point_conv", "conv"), inner, channels, time),
                options.norm().of(w.at("point_conv"), channels));
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Flow flow = new Flow(a, x)) {
            return flow.then("inverted", (s, v) -> inverted.forward(s, v, Activation.SILU))
                    .then("depth", (s, v) -> depth.forward(s, v, chunk))
                    .then("gate", Arena::gluSilu)
                    .then("point", point::forward)
                    .then("norm", norm::forward)
                    .finish();
        }
    }
}
