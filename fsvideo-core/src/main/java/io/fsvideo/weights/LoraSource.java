package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parameters with LoRAs merged in, one after the other, as they are loaded. What is changed has the type it is stored in, F32 where that is FP8 or a
 * quantised one; everything else is as it is.
 */
final class LoraSource implements TensorSource, AutoCloseable {
    private static final int LISTED = 20;
    private static final Set<DType> KEPT = Set.of(DType.F32, DType.BF16, DType.F16);

    private final TensorSource source;
    private final List<Lora> loras;
    private final List<LoraFile> files = new ArrayList<>();
    private final Map<String, Shape> shapes;
    private final Set<String> changed = new LinkedHashSet<>();
    private final List<String> findings;

    /**
     * Reads and checks all that the LoRAs hold.
     *
     * @param source stays open as long as this is used, and is closed by its owner
     * @throws WeightsException when one of them would not be applied wholly, or holds values that are not finite
     */
    LoraSource(TensorSource source, List<Lora> loras) {
        this.source = source;
        this.loras = loras;
        this.shapes = new LinkedHashMap<>(source.shapes());
        this.findings = new ArrayList<>(source.findings());
        try {
            loras.forEach(this::add);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        changed.forEach(parameter -> shapes.remove(parameter + SCALE));
    }

    private void add(Lora lora) {
        LoraFile file = LoraFile.open(lora.file(), source.shapes().keySet());
        files.add(file);
        List<String> unmatched = file.unmatched();
        if (file.parameters().isEmpty() || !unmatched.isEmpty()) {
            throw new WeightsException(
                    "lora: names in " + lora.file() + " must be of " + source.description() + ", got "
                            + file.parameters().size() + " that are and " + unmatched.size() + " that are not: "
                            + unmatched.subList(0, Math.min(LISTED, unmatched.size())));
        }
        for (String parameter : file.parameters()) {
            file.change(parameter, source.shapes().get(parameter));
        }
        changed.addAll(file.parameters());
        int absent = file.absentImageModules().size();
        findings.add("LoRA " + lora.file().getFileName() + " of strength " + lora.strength() + " merged into "
                + file.parameters().size() + " parameters"
                + (absent == 0 ? "" : ", " + absent + " names for image input left out"));
    }

    @Override
    public String description() {
        return source.description();
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    @Override
    public List<String> findings() {
        return Collections.unmodifiableList(findings);
    }

    @Override
    public boolean isScaled(String key) {
        return !changed.contains(key) && source.isScaled(key);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        return changed.contains(key)
                ? TensorSource.super.load(arena, key, whole, slice)
                : source.load(arena, key, whole, slice);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        if (!changed.contains(key)) {
            return source.load(arena, key, shape);
        }
        float[] values;
        DType type;
        try (Arena t = arena.child(key)) {
            Tensor stored = source.load(t, key, shape);
            type = KEPT.contains(stored.dtype()) && !source.isScaled(key) ? stored.dtype() : DType.F32;
            values = widened(t, stored, key).toFloats();
        }
        int rows = shape.rank() < 2 ? 1 : Math.toIntExact(shape.dim(0));
        int columns = values.length / Math.max(1, rows);
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).parameters().contains(key)) {
                files.get(i)
                        .change(key, shape)
                        .apply(values, 0, 0, rows, columns, loras.get(i).strength());
            }
        }
        return arena.of(key, type, values, shape.toArray());
    }

    private Tensor widened(Arena t, Tensor stored, String key) {
        Tensor values = t.cast(stored, DType.F32);
        if (!source.isScaled(key)) {
            return values;
        }
        long[] each = new long[stored.rank()];
        Arrays.fill(each, 1);
        each[0] = stored.dim(0);
        Tensor scale = source.load(t, key + SCALE, Shape.of(stored.dim(0)));
        return t.mul(values, t.cast(scale, DType.F32).reshape(each));
    }

    @Override
    public void close() {
        files.forEach(LoraFile::close);
    }
}
