package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint under this library's names, whatever it is stored in and however it is spelled. Three layers, each found out by content: the
 * container (safetensors, one file or shards; GGUF), the spelling (prefixes, scales of FP8 values, markers), and the {@link Dialect} of the names.
 */
public final class CheckpointSource implements TensorSource, AutoCloseable {
    private final Container file;
    private final TensorSource names;
    private final LoraSource loras;
    private final List<String> findings;

    private CheckpointSource(Container file, List<Lora> loras) {
        this.file = file;
        Spelling spelling = new Spelling(file);
        RenamedSource renamed = new RenamedSource(spelling);
        List<String> found = new ArrayList<>(spelling.findings());
        if (renamed.dialect() != Dialect.UPSTREAM) {
            found.add("names of " + renamed.dialect());
        }
        LoraSource merged = loras.isEmpty() ? null : new LoraSource(renamed, loras);
        if (merged != null) {
            found.addAll(merged.findings());
        }
        this.loras = merged;
        this.names = merged == null ? renamed : merged;
        this.findings = Collections.unmodifiableList(found);
    }

    /** Opens a file or folder; headers only are read. @throws WeightsException naming file, key, expected and found */
    public static CheckpointSource open(Path fileOrFolder) {
        return open(fileOrFolder, List.of());
    }

    /**
     * The same with LoRAs merged in, in this order, while parameters are loaded.
     *
     * @throws WeightsException also when a LoRA would not be applied wholly
     */
    public static CheckpointSource open(Path fileOrFolder, List<Lora> loras) {
        Container file = Container.open(fileOrFolder);
        try {
            return new CheckpointSource(file, loras);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** {@inheritDoc} It is empty for a checkpoint as this library writes it. */
    @Override
    public List<String> findings() {
        return findings;
    }

    /** The header's free-form strings. */
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public String description() {
        return names.description();
    }

    @Override
    public Map<String, Shape> shapes() {
        return names.shapes();
    }

    @Override
    public boolean isScaled(String key) {
        return names.isScaled(key);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        return names.load(arena, key, shape);
    }

    @Override
    public Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        return names.load(arena, key, whole, slice);
    }

    /** Closes the files; loaded tensors stay. */
    @Override
    public void close() {
        if (loras != null) {
            loras.close();
        }
        file.close();
    }
}
