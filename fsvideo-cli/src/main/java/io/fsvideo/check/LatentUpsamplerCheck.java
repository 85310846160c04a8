package io.fsvideo.check;

import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** The latent upsampler. */
final class LatentUpsamplerCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        LatentUpsamplerConfig config =
                LatentUpsamplerConfig.fromJson(golden.config().path("model"));
        TapListener taps = (name, tensor) -> {
            if (out.wants("output.tap." + name)) {
                out.compareChannelsFirst("output.tap." + name, tensor, 1);
            }
        };
        try (Arena arena = Arena.root(backend, "upsampler", taps)) {
            LatentUpsampler upsampler =
                    Weights.load(arena, golden.weights(), DType.F32, w -> new LatentUpsampler(w, config));
            Tensor latent = upsampler.forward(arena, golden.clip(arena, "input.latent"));
            if (out.wants("output.latent")) {
                out.compareChannelsFirst("output.latent", latent, 1);
            }
        }
    }
}
