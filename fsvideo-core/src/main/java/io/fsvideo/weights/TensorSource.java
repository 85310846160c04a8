package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Where parameters come from: a checkpoint, random numbers, or nothing but shapes. */
public interface TensorSource {
    /** The file or folder, for error messages. */
    String description();

    /** Every key and its shape; null when the source has whatever is asked for. */
    Map<String, Shape> shapes();

    /** What was found besides plain names and values, in words for people: container, prefix, scales, dialect. */
    default List<String> findings() {
        return List.of();
    }

    /** Ends the name of what a tensor's values were divided by before they were stored. */
    String SCALE = "_scale";

    /** Whether {@code key}'s values must be multiplied by a scale for each output, {@code [out]} F32, under {@code key_scale}. */
    default boolean isScaled(String key) {
        return shapes() != null && shapes().containsKey(key + SCALE);
    }

    /**
     * Reads one tensor.
     *
     * @param shape the shape the model expects, already compared with {@link #shapes()}
     * @return plain, named {@code key}, in the stored dtype, owned by {@code arena}
     */
    Tensor load(Arena arena, String key, Shape shape);

    /**
     * Reads a part of one tensor, and of the rest as little as the source can.
     *
     * @param whole shape of all of it
     */
    default Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        try (Arena t = arena.child(key)) {
            Tensor all = load(t, key, whole);
            return t.keep(t.slice(all, slice.axis(), slice.begin(), slice.end()))
                    .named(key);
        }
    }
}
