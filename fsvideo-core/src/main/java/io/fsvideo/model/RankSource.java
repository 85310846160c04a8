package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.TensorSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One rank's slices of a whole checkpoint. */
record RankSource(TensorSource checkpoint, TensorParallel split, int rank, Map<String, Shape> shapes)
        implements TensorSource {
    RankSource(TensorSource checkpoint, TensorParallel split, int rank) {
        this(checkpoint, split, rank, new LinkedHashMap<>());
        checkpoint.shapes().forEach((name, shape) -> shapes.put(name, split.shape(name, shape, rank)));
    }

    @Override
    public String description() {
        return checkpoint.description() + " (rank " + rank + " of " + split.ranks() + ")";
    }

    @Override
    public List<String> findings() {
        return checkpoint.findings();
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        Optional<Slice> slice = split.slice(key, rank);
        return slice.isPresent()
                ? checkpoint.load(arena, key, checkpoint.shapes().get(key), slice.orElseThrow())
                : checkpoint.load(arena, key, shape);
    }
}
