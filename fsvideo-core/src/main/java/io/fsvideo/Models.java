package io.fsvideo;

import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.Dit;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** All parts of one model, loaded; {@code bytes} is what each takes on the backend. */
record Models(
        ModelConfig config,
        TextEncoder textEncoder,
        ImageEncoder imageEncoder,
        Autoencoder autoencoder,
        Dit transformer,
        LatentUpsampler latentUpsampler,
        Dit refiner,
        DType dtype,
        Map<String, Long> bytes) {

    /** Loads every part into {@code arena}, which then owns it. */
    static Models load(Arena arena, ModelConfig config, DType dtype, Function<Part, TensorSource> sources) {
        Loader loader = new Loader(arena, dtype, sources, new LinkedHashMap<>());
        return new Models(
                config,
                loader.load(Part.TEXT_ENCODER, w -> new TextEncoder(w, config.textEncoder())),
                loader.load(Part.IMAGE_ENCODER, w -> new ImageEncoder(w, config.imageEncoder())),
                loader.load(Part.AUTOENCODER, w -> new Autoencoder(w, config.autoencoder())),
                loader.load(Part.TRANSFORMER, w -> new Dit(w, config.transformer())),
                loader.load(Part.LATENT_UPSAMPLER, w -> new LatentUpsampler(w, config.latentUpsampler())),
                loader.load(Part.REFINER, w -> new Dit(w, config.refiner())),
                dtype,
                loader.bytes);
    }

    private record Loader(Arena arena, DType dtype, Function<Part, TensorSource> sources, Map<String, Long> bytes) {
        <M> M load(Part part, Function<Weights, M> constructor) {
            long before = arena.bytesInUse();
            M model = Weights.load(arena, sources.apply(part), dtype, constructor);
            bytes.put(part.folder(), arena.bytesInUse() - before);
            return model;
        }
    }
}
