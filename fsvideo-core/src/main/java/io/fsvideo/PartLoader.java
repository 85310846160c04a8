package io.fsvideo;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Loads the parts of a model into one arena and counts their bytes. */
final class PartLoader {
    private final Arena arena;
    private final DType dtype;
    private final Function<Part, TensorSource> sources;
    private final Map<String, Long> bytes = new LinkedHashMap<>();

    PartLoader(Arena arena, DType dtype, Function<Part, TensorSource> sources) {
        this.arena = arena;
        this.dtype = dtype;
        this.sources = sources;
    }

    <M> M load(Part part, Function<Weights, M> constructor) {
        return load(part, dtype, constructor);
    }

    /** In another dtype than the model's. */
    <M> M load(Part part, DType computed, Function<Weights, M> constructor) {
        long before = arena.bytesInUse();
        M model = Weights.load(arena, sources.apply(part), computed, constructor);
        bytes.put(part.folder(), arena.bytesInUse() - before);
        return model;
    }

    DType dtype() {
        return dtype;
    }

    Map<String, Long> bytes() {
        return bytes;
    }
}
