package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A checkpoint in one GGUF file, as llama.cpp, stable-diffusion.cpp and ComfyUI's converters write them. Opening reads and checks the head only. F32, F16 and
 * BF16 tensors keep their type; quantised ones (Q4_0 to Q8_0, Q2_K to Q6_K, IQ4_NL, IQ4_XS) are loaded as F32, equal to ggml's own values.
 *
 * <p>One thread at a time. The file must not change while open.
 */
public final class Gguf implements Container {
    private static final int PIECE_BYTES = 1 << 16;

    private final Path path;
    private final FileBytes file;
    private final Map<String, GgufHeader.Entry> entries = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final Map<String, String> metadata;

    private Gguf(Path path, FileBytes file, GgufHeader header) {
        this.path = path;
        this.file = file;
        this.metadata = header.metadata();
        for (GgufHeader.Entry entry : header.entries()) {
            entries.put(entry.name(), entry);
            shapes.put(entry.name(), entry.shape());
        }
    }

    /** Opens a file. @throws WeightsException naming file, tensor, expected and found */
    public static Gguf open(Path path) {
        FileBytes file = null;
        try {
            file = FileBytes.open(path);
            Gguf opened = new Gguf(path, file, GgufHeader.read(path, file));
            file = null;
            return opened;
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "readable", e);
        } finally {
            close(file, path);
        }
    }

    /** Whether a file's first four bytes are those of GGUF. @throws WeightsException when it cannot be read */
    public static boolean isOne(Path path) {
        try (FileBytes file = FileBytes.open(path)) {
            ByteBuffer start = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (file.size() < start.capacity()) {
                return false;
            }
            file.fill(start, 0);
            return start.getInt(0) == GgufHeader.MAGIC;
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "readable", e);
        }
    }

    @Override
    public String description() {
        return path.toString();
    }

    /** Every key, in the order of their bytes. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    /** The element type as ggml names it, for example Q4_K. @throws WeightsException when there is no such key */
    @Override
    public String storedType(String key) {
        return entry(key).type().name();
    }

    /** The dtype that {@link #load} gives: the stored one, F32 for quantised values. @throws WeightsException when there is no such key */
    @Override
    public DType dtype(String key) {
        return dtype(entry(key).type());
    }

    /** The head's strings and numbers by name. */
    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public boolean isDecoded(String key) {
        return entry(key).type().isQuantized();
    }

    @Override
    public long bytes(String key) {
        return entry(key).bytes();
    }

    /** How many tensors have each type, for people. */
    String types() {
        Map<GgufType, Long> counts = new EnumMap<>(GgufType.class);
        entries.values().forEach(entry -> counts.merge(entry.type(), 1L, Long::sum));
        return counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", "));
    }

    private static DType dtype(GgufType type) {
        return switch (type) {
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
            default -> DType.F32;
        };
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        GgufHeader.Entry entry = entry(key);
        if (!entry.shape().equals(shape)) {
            throw Fault.of(path, Fault.shortened(key), shape.toString(), entry);
        }
        try (Arena t = arena.child(key)) {
            Tensor tensor = t.alloc(key, dtype(entry.type()), shape);
            read(entry, (piece, offset) -> arena.backend().copyIn(tensor, offset, piece));
            return t.keep(tensor);
        }
    }

    @Override
    public void read(String key, long offset, ByteBuffer target) {
        GgufHeader.Entry entry = entry(key);
        int width = dtype(entry.type()).bytes();
        long end = offset + target.remaining();
        if (offset < 0 || end > entry.shape().numel() * width) {
            throw Fault.of(
                    path, "range of " + Fault.shortened(key), "within " + entry, "bytes " + offset + " to " + end);
        }
        long blockWidth = (long) entry.type().blockValues() * width;
        long first = offset / blockWidth;
        long blocks = (end + blockWidth - 1) / blockWidth - first;
        long skipped = offset - first * blockWidth;
        read(entry, first, blocks, (piece, at) -> {
            int from = (int) Math.max(0, skipped - at);
            if (from < piece.remaining() && target.hasRemaining()) {
                int count = Math.min(piece.remaining() - from, target.remaining());
                target.put(piece.slice(piece.position() + from, count));
            }
        });
    }

    private void read(GgufHeader.Entry entry, FileBytes.Sink sink) {
        read(entry, 0, entry.shape().numel() / entry.type().blockValues(), sink);
    }

    /** Shows the values of some blocks, piece by piece. */
    private void read(GgufHeader.Entry entry, long first, long blocks, FileBytes.Sink sink) {
        GgufType type = entry.type();
        int together = PIECE_BYTES / (type.blockValues() * Float.BYTES);
        ByteBuffer stored = ByteBuffer.allocate(together * type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer values = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        float[] decoded = new float[type.blockValues()];
        long at = 0;
        try {
            for (long done = 0; done < blocks; ) {
                int count = (int) Math.min(together, blocks - done);
                stored.clear().limit(count * type.blockBytes());
                file.fill(stored, entry.begin() + (first + done) * type.blockBytes());
                values.clear();
                if (type.isQuantized()) {
                    for (int i = 0; i < count; i++) {
                        type.decode(stored, i * type.blockBytes(), decoded, 0);
                        for (float value : decoded) {
                            values.putFloat(value);
                        }
                    }
                } else {
                    values.put(stored.flip());
                }
                int bytes = values.flip().remaining();
                sink.accept(values, at);
                at += bytes;
                done += count;
            }
        } catch (IOException e) {
            throw Fault.of(path, Fault.shortened(entry.name()), "readable", e);
        }
    }

    private GgufHeader.Entry entry(String key) {
        GgufHeader.Entry entry = entries.get(key);
        if (entry == null) {
            throw Fault.of(path, Fault.shortened(key), "present", entries.size() + " other keys");
        }
        return entry;
    }

    /** Closes the file; loaded tensors stay. */
    @Override
    public void close() {
        entries.clear();
        close(file, path);
    }

    private static void close(FileBytes file, Path path) {
        if (file == null) {
            return;
        }
        try {
            file.close();
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "closable", e);
        }
    }
}
