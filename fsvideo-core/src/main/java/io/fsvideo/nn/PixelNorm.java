package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * {@code x / sqrt(mean(x^2) + eps)} over the channels of each pixel, optionally times weight plus bias.
 *
 * @param weight {@code [channels]} or null
 * @param bias {@code [channels]} or null
 */
public record PixelNorm(Tensor weight, Tensor bias, float eps) implements Norm {
    /** Without parameters. */
    public static PixelNorm plain(float eps) {
        return new PixelNorm(null, null, eps);
    }

    /** Reads {@code weight} and {@code bias}. */
    public static PixelNorm affine(Weights w, long channels, float eps) {
        return new PixelNorm(w.tensor("weight", channels), w.tensor("bias", channels), eps);
    }

    @Override
    public Tensor forward(Arena a, Tensor x) {
        return a.pixelNorm(x, weight, bias, eps);
    }
}
