package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.Encoded;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The FSVideo autoencoder: latent, features, and the clip decoded with features, without them, and with noise. */
final class FsaeCheck implements GoldenCheck {
    private static final String NOISE = "input.noise.";

    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        AutoencoderConfig config = AutoencoderConfig.fromJson(golden.config().path("model"));
        TapListener taps = (name, tensor) -> compare(out, "output.tap." + name, tensor);
        try (Arena arena = Arena.root(backend, "fsae", taps);
                Arena plain = Arena.root(backend, "fsae")) {
            Autoencoder autoencoder = Weights.load(arena, golden.weights(), DType.F32, w -> new Autoencoder(w, config));
            Encoded encoded = autoencoder.encode(arena, golden.clip(arena, "input.video"));
            compare(out, "output.latent", encoded.latent());
            encoded.features().byStage().forEach((stage, feature) -> compare(out, "output.feature." + stage, feature));
            Tensor decoded = autoencoder.decode(arena, encoded.latent(), encoded.features());
            compareFrames(golden, backend, out, "decoded", decoded);
            if (out.wants("output.decoded_without_features")) {
                compareFrames(
                        golden,
                        backend,
                        out,
                        "decoded_without_features",
                        autoencoder.decode(plain, encoded.latent(), null));
            }
            if (out.wants("output.decoded_noise")) {
                DecoderNoise noise = DecoderNoise.of(noise(golden, plain));
                Tensor noisy = autoencoder.decode(plain, encoded.latent(), encoded.features(), noise);
                compareFrames(golden, backend, out, "decoded_noise", noisy);
            }
        }
    }

    private static void compare(Comparison out, String name, Tensor tensor) {
        if (out.wants(name)) {
            out.compareChannelsFirst(name, tensor, 1);
        }
    }

    private static Map<String, Tensor> noise(Golden golden, Arena arena) {
        Map<String, Tensor> maps = new HashMap<>();
        for (String name : golden.names()) {
            if (name.startsWith(NOISE)) {
                maps.put(name.substring(NOISE.length()), golden.clip(arena, name));
            }
        }
        return maps;
    }

    private static void compareFrames(Golden golden, Backend backend, Comparison out, String name, Tensor video) {
        JsonNode indices = golden.config().path(name + "_frames");
        if (!out.wants("output." + name)) {
            return;
        }
        try (Arena t = Arena.root(backend, name)) {
            List<Tensor> frames = new ArrayList<>();
            indices.forEach(i -> frames.add(t.slice(video, 1, i.asLong(), i.asLong() + 1)));
            compare(out, "output." + name, frames.isEmpty() ? video : t.concat(1, frames));
        }
    }
}
