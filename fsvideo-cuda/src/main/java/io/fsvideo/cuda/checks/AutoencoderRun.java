package io.fsvideo.cuda.checks;

import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DecoderStream;
import io.fsvideo.model.Features;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.List;

/**
 * The autoencoder's part of a clip with random weights, made on the device: the first picture's encoding, and all latents decoded one
 * after another as the pipeline does.
 *
 * @param frames latent frames; {@code height} and {@code width} likewise
 */
record AutoencoderRun(String name, AutoencoderConfig config, int frames, int height, int width) {
    /** Both decoders at full size: a clip of 121 frames of 768 x 1280. */
    static List<AutoencoderRun> full() {
        return List.of(
                new AutoencoderRun("lite", AutoencoderConfig.fsaeLite(), 31, 12, 20),
                new AutoencoderRun("standard", AutoencoderConfig.fsaeStandard(), 31, 12, 20));
    }

    /** Both decoders at the smallest widths: 5 frames of 64 x 64. */
    static List<AutoencoderRun> tiny() {
        return List.of(
                new AutoencoderRun("lite", AutoencoderConfig.tinyLite(), 2, 1, 1),
                new AutoencoderRun("standard", AutoencoderConfig.tiny(), 2, 1, 1));
    }

    Autoencoder load(Arena weights) {
        return Weights.load(weights, new RandomSource(1), DType.BF16, w -> new Autoencoder(w, config));
    }

    /** What the decoder sees of the first picture. */
    Features encode(Arena a, Autoencoder autoencoder) {
        int side = config.spatialFactor();
        Tensor picture = a.noise(DType.F32, 2, 0, 1, 1, (long) height * side, (long) width * side, 3);
        return autoencoder.encode(a, picture).features();
    }

    /** Decodes all latents. @return frames */
    long decode(Arena a, Autoencoder autoencoder, Features features) {
        try (Arena clip = a.child("clip");
                DecoderStream decoder = autoencoder.decoderStream(clip, features)) {
            Tensor latent = clip.noise(DType.F32, 3, 0, 1, frames, height, width, config.latentChannels());
            long decoded = 0;
            for (int i = 0; i < frames; i++) {
                try (Arena t = clip.child("decode")) {
                    decoded += decoder.decode(t, t.slice(latent, 1, i, i + 1)).dim(1);
                }
            }
            try (Arena t = clip.child("decode")) {
                return decoded + decoder.finish(t).dim(1);
            }
        }
    }

    /** Most bytes in use on {@code backend} while weights are loaded, a picture encoded and a clip decoded. */
    long peak(Backend backend) {
        backend.resetPeak();
        try (Arena a = Arena.root(backend, name)) {
            Autoencoder autoencoder = load(a);
            decode(a, autoencoder, encode(a, autoencoder));
            return backend.peakBytes();
        }
    }
}
