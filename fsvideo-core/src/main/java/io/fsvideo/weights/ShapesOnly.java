package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/** A source without data: whatever is asked for exists, with undefined contents. */
public final class ShapesOnly implements TensorSource {
    private final Set<String> scaled;

    public ShapesOnly() {
        this(Set.of());
    }

    /** @param scaled keys of the tensors that have scales */
    public ShapesOnly(Set<String> scaled) {
        this.scaled = scaled;
    }

    @Override
    public boolean isScaled(String key) {
        return scaled.contains(key);
    }

    @Override
    public String description() {
        return "shapes only";
    }

    @Override
    public Map<String, Shape> shapes() {
        return null;
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        return arena.alloc(key, DType.F32, shape);
    }
}
