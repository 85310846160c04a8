package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DcAe;
import io.fsvideo.model.DcAeConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/** DC-AE's image autoencoder. */
final class DcAeCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        DcAeConfig config = config(golden.config());
        TapListener taps = (name, tensor) -> compare(out, "output.tap." + name, tensor);
        try (Arena arena = Arena.root(backend, "dcae", taps)) {
            DcAe model = Weights.load(arena, golden.weights(), DType.F32, w -> new DcAe(w, config));
            Tensor stored = golden.tensor(arena, "input.image");
            Tensor image = stored.reshape(stored.dim(0), stored.dim(1), 1, stored.dim(2), stored.dim(3));
            Tensor latent = model.encode(arena, arena.permute(image, 0, 2, 3, 4, 1));
            compare(out, "output.latent", latent);
            compare(out, "output.decoded", model.decode(arena, latent));
        }
    }

    /** Constants of upstream's code stand beside the model. */
    private static DcAeConfig config(JsonNode golden) {
        if (!golden.path("model").isObject()) {
            throw new GoldenException("check: config.json must have an object model, got none");
        }
        ObjectNode model = golden.path("model").deepCopy();
        for (String key : List.of("attention_dim", "norm_eps", "attention_eps")) {
            if (golden.has(key)) {
                model.set(key, golden.get(key));
            }
        }
        return DcAeConfig.fromJson(model);
    }

    private static void compare(Comparison out, String name, Tensor clip) {
        if (out.wants(name)) {
            out.compareChannelsFirst(name, clip.reshape(clip.dim(0), clip.dim(2), clip.dim(3), clip.dim(4)), 1);
        }
    }
}
