package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** DC-VideoGen's video autoencoder. Outputs are of upstream's chunked calls, intermediates of one call for the whole clip. */
final class DcAeVCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        DcAeVConfig config = config(golden.config());
        TapListener taps = (name, tensor) -> compare(out, "output.tap." + name, tensor);
        try (Arena tapped = Arena.root(backend, "dcAeV", taps);
                Arena arena = Arena.root(backend, "dcAeV")) {
            DcAeV model = Weights.load(arena, golden.weights(), DType.F32, w -> new DcAeV(w, config));
            Tensor video = golden.clip(arena, "input.video");
            Tensor latent = model.encode(arena, video);
            compare(out, "output.latent", latent);
            compare(out, "output.decoded", model.decode(arena, latent));
            model.decodeAtOnce(tapped, model.encodeAtOnce(tapped, video));
        }
    }

    /** Upstream spells sizes in the names of blocks: {@code ChunkCausalConvPixelUnshuffle@side@frames@3@3@chunk}. */
    private static DcAeVConfig config(JsonNode golden) {
        if (!golden.path("model").isObject()) {
            throw new GoldenException("check: config.json must have an object model, got none");
        }
        ObjectNode model = golden.path("model").deepCopy();
        JsonNode downs = model.path("encoder").path("downsample_block_type");
        String[] last = downs.path(downs.size() - 1).asText().split("@");
        if (last.length < 3) {
            throw new GoldenException("check: downsample_block_type must end with Name@side@frames@…, got " + downs);
        }
        model.put("temporal_factor", Integer.parseInt(last[2]));
        model.set("chunk_size", golden.path("chunk_size"));
        model.set("norm_eps", golden.path("norm_eps"));
        model.put("scaling_factor", golden.path("scaling_factor").asDouble(1));
        return DcAeVConfig.fromJson(model);
    }

    private static void compare(Comparison out, String name, Tensor clip) {
        if (out.wants(name)) {
            out.compareChannelsFirst(name, clip, 1);
        }
    }
}
