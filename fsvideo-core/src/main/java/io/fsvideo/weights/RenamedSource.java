package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parameters of a checkpoint in any {@link Dialect}, under this library's names. */
public final class RenamedSource implements TensorSource {
    private final TensorSource file;
    private final Renaming renaming;
    private final Map<String, Shape> shapes;

    /** @param file stays open as long as this is used, and is closed by its owner */
    public RenamedSource(TensorSource file) {
        this.file = file;
        this.renaming = Renaming.of(file.description(), file.shapes());
        shapes = renaming.shapes();
        requireKnownScales();
    }

    @Override
    public String description() {
        return file.description();
    }

    @Override
    public Map<String, Shape> shapes() {
        return shapes;
    }

    /** A scale lost with its name would leave its values wrong. */
    private void requireKnownScales() {
        for (String name : file.shapes().keySet()) {
            if (name.endsWith(SCALE) && !shapes.containsKey(name)) {
                throw Fault.of(
                        file.description(),
                        Fault.shortened(name),
                        "under this library's names; convert the checkpoint before it is quantized",
                        renaming.dialect());
            }
        }
    }

    @Override
    public Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        Renaming.Parameter parameter = renaming.parameters().get(key);
        boolean asStored = parameter != null
                && parameter.stored().size() == 1
                && file.shapes().get(parameter.stored().get(0)).equals(whole);
        return asStored
                ? file.load(arena, parameter.stored().get(0), whole, slice).named(key)
                : TensorSource.super.load(arena, key, whole, slice);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        Renaming.Parameter parameter = renaming.parameters().get(key);
        if (parameter == null || !parameter.shape().equals(shape)) {
            throw Fault.of(
                    file.description(),
                    Fault.shortened(key),
                    shape.toString(),
                    parameter == null ? "none" : parameter.shape());
        }
        List<String> stored = parameter.stored();
        if (stored.size() == 1) {
            return load(arena, stored.get(0)).reshape(shape.toArray()).named(key);
        }
        try (Arena t = arena.child(key)) {
            List<Tensor> parts = new ArrayList<>();
            stored.forEach(name -> parts.add(load(t, name)));
            return t.keep(t.concat(0, parts)).reshape(shape.toArray()).named(key);
        }
    }

    private Tensor load(Arena arena, String name) {
        return file.load(arena, name, file.shapes().get(name));
    }

    /** Whose names the checkpoint has. */
    Dialect dialect() {
        return renaming.dialect();
    }
}
