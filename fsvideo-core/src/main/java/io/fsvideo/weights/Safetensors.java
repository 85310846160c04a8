package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint in safetensors format: one file, or a folder with one or more {@code *.safetensors} and, for shards, their {@code
 * *.safetensors.index.json}. Opening reads and checks the headers only. Tensors keep their stored dtype, except that I64 is loaded as
 * I32 and F8_E5M2 as F16, which holds its values exactly.
 *
 * <p>One thread at a time. Interrupts do not disturb it. A file that is changed while it is open is refused at the next reading.
 */
public final class Safetensors implements Container {
    private static final int BUFFER_BYTES = 4 << 20;
    private static final int NARROW_BYTES = 1 << 16;

    private record Entry(SafetensorsFile file, StoredTensor tensor) {}

    private final Path path;
    private final int bufferBytes;
    /** Made at the first reading: many checkpoints are opened for their headers alone. */
    private ByteBuffer buffer;

    private final List<SafetensorsFile> files = new ArrayList<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private boolean closed;

    private Safetensors(Path path, int bufferBytes) {
        this.path = path;
        this.bufferBytes = bufferBytes;
    }

    /** Opens a file or folder. @throws WeightsException naming file, key, expected and found */
    public static Safetensors open(Path fileOrFolder) {
        return open(fileOrFolder, BUFFER_BYTES);
    }

    /** @param bufferBytes size of the read buffer, a multiple of 8 */
    static Safetensors open(Path fileOrFolder, int bufferBytes) {
        Shards shards = Shards.find(fileOrFolder);
        Safetensors opened = new Safetensors(fileOrFolder, bufferBytes);
        try {
            for (Path file : shards.files()) {
                opened.add(SafetensorsFile.open(file));
            }
            opened.requireIndexed(shards);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void add(SafetensorsFile file) {
        files.add(file);
        for (StoredTensor tensor : file.header().tensors()) {
            Entry other = entries.putIfAbsent(tensor.key(), new Entry(file, tensor));
            if (other != null) {
                String got = other.file().path() + " and " + file.path();
                throw Fault.of(path, Fault.shortened(tensor.key()), "in one file only", got);
            }
            shapes.put(tensor.key(), tensor.shape());
        }
        file.header().metadata().forEach(metadata::putIfAbsent);
    }

    private void requireIndexed(Shards shards) {
        shards.index().forEach((key, file) -> {
            Entry entry = entries.get(key);
            if (entry == null || !entry.file().path().equals(file)) {
                String got =
                        entry == null ? "none" : "it in " + entry.file().path().getFileName();
                throw Fault.of(shards.place(), Fault.shortened(key), "in " + file.getFileName(), got);
            }
        });
    }

    @Override
    public String description() {
        return path.toString();
    }

    /** Every key, file by file, in the order of their bytes. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    /** Shape of one tensor. @throws WeightsException when there is no such key */
    public Shape shape(String key) {
        return entry(key).tensor().shape();
    }

    /** The dtype {@link #load} gives: the stored one, I32 for I64, F16 for F8_E5M2. @throws WeightsException when there is no such key */
    @Override
    public DType dtype(String key) {
        return entry(key).tensor().type().loaded();
    }

    /** The element type as the file names it, e.g. BF16 or I64. @throws WeightsException when there is no such key */
    @Override
    public String storedType(String key) {
        return entry(key).tensor().type().name();
    }

    /** Bytes of one tensor in its file. @throws WeightsException when there is no such key */
    @Override
    public long bytes(String key) {
        return entry(key).tensor().bytes();
    }

    /**
     * Fills what remains of {@code target} with a tensor's stored bytes, little endian, from byte {@code offset} on.
     *
     * @throws WeightsException when there is no such key, the tensor is shorter, or it cannot be read
     */
    @Override
    public void read(String key, long offset, ByteBuffer target) {
        Entry entry = entry(key);
        if (offset < 0 || offset + target.remaining() > entry.tensor().bytes()) {
            String got = target.remaining() + " bytes from " + offset + " on";
            throw Fault.of(entry.file().path(), "range of " + Fault.shortened(key), "within " + entry.tensor(), got);
        }
        entry.file().fill(entry.tensor(), offset, target);
    }

    /** The header's free-form strings; of shards, the first file's value for each name. */
    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** Reads one tensor, whatever its shape. @throws WeightsException when there is no such key or it cannot be read */
    public Tensor load(Arena arena, String key) {
        return load(arena, key, shape(key));
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        Entry entry = entry(key);
        StoredTensor stored = entry.tensor();
        if (!stored.shape().equals(shape)) {
            throw Fault.of(entry.file().path(), Fault.shortened(key), shape.toString(), stored);
        }
        try (Arena t = arena.child(key)) {
            Tensor tensor = t.alloc(key, stored.type().loaded(), shape);
            FileBytes.Sink sink = (piece, offset) -> arena.backend().copyIn(tensor, offset, piece);
            entry.file().read(stored, buffer(), converted(entry, sink));
            return t.keep(tensor);
        }
    }

    @Override
    public Tensor load(Arena arena, String key, Shape whole, Slice slice) {
        StoredType type = entry(key).tensor().type();
        return type.bytes() == type.loaded().bytes()
                ? load(arena, key, slice)
                : Container.super.load(arena, key, whole, slice);
    }

    /**
     * Reads a slice of one tensor of a float type, and nothing of the rest.
     *
     * @throws WeightsException when there is no such key, or it cannot be read
     * @throws io.fsvideo.tensor.ShapeException when its dimension is not the slice's
     */
    public Tensor load(Arena arena, String key, Slice slice) {
        Entry entry = entry(key);
        StoredTensor stored = entry.tensor();
        if (stored.type().bytes() != stored.type().loaded().bytes()) {
            throw Fault.of(entry.file().path(), Fault.shortened(key), "of a type that can be cut", stored);
        }
        try (Arena t = arena.child(key)) {
            Tensor tensor = t.alloc(key, stored.type().loaded(), slice.of(stored.shape()));
            slice.gather(
                    stored.shape(),
                    stored.type().bytes(),
                    buffer(),
                    (offset, target) -> entry.file().fill(stored, offset, target),
                    (piece, offset) -> arena.backend().copyIn(tensor, offset, piece));
            return t.keep(tensor);
        }
    }

    /** All elements as floats in row-major order. @throws WeightsException as {@link #load}, or beyond 2^31 - 9 elements */
    public float[] floats(String key) {
        Entry entry = entry(key);
        StoredTensor stored = entry.tensor();
        if (stored.shape().numel() > Integer.MAX_VALUE - 8) {
            throw Fault.of(entry.file().path(), Fault.shortened(key), "small enough for a Java array", stored);
        }
        float[] values = new float[(int) stored.shape().numel()];
        DType dtype = stored.type().loaded();
        FileBytes.Sink sink = (piece, offset) ->
                Floats.decode(dtype, piece, values, (int) (offset / dtype.bytes()), piece.remaining() / dtype.bytes());
        entry.file().read(stored, buffer(), converted(entry, sink));
        return values;
    }

    private ByteBuffer buffer() {
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(bufferBytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        return buffer;
    }

    /** Values on their way from the stored type to the loaded one. */
    private static FileBytes.Sink converted(Entry entry, FileBytes.Sink sink) {
        return switch (entry.tensor().type()) {
            case I64 -> narrowing(entry, sink);
            case F8_E5M2 -> widening(sink);
            default -> sink;
        };
    }

    private static FileBytes.Sink widening(FileBytes.Sink sink) {
        ByteBuffer wide = ByteBuffer.allocateDirect(NARROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return (piece, offset) -> {
            long at = 2 * offset;
            while (piece.hasRemaining()) {
                wide.clear();
                while (piece.hasRemaining() && wide.hasRemaining()) {
                    wide.putShort((short) (piece.get() << 8));
                }
                int bytes = wide.flip().remaining();
                sink.accept(wide, at);
                at += bytes;
            }
        };
    }

    private static FileBytes.Sink narrowing(Entry entry, FileBytes.Sink sink) {
        ByteBuffer narrow = ByteBuffer.allocateDirect(NARROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return (piece, offset) -> {
            long at = offset / 2;
            while (piece.hasRemaining()) {
                narrow.clear();
                while (piece.hasRemaining() && narrow.hasRemaining()) {
                    long value = piece.getLong();
                    if (value != (int) value) {
                        throw Fault.of(
                                entry.file().path(),
                                "values of " + Fault.shortened(entry.tensor().key()),
                                "within 32 bits",
                                value);
                    }
                    narrow.putInt((int) value);
                }
                narrow.flip();
                int bytes = narrow.remaining();
                sink.accept(narrow, at);
                at += bytes;
            }
        };
    }

    private Entry entry(String key) {
        if (closed) {
            throw new IllegalStateException("safetensors: " + path + " was used after it was closed");
        }
        Entry entry = entries.get(key);
        if (entry == null) {
            throw Fault.of(path, Fault.shortened(key), "present", entries.size() + " other keys");
        }
        return entry;
    }

    /** Closes the files; loaded tensors stay. */
    @Override
    public void close() {
        closed = true;
        buffer = null;
        files.forEach(SafetensorsFile::close);
        files.clear();
        entries.clear();
    }
}
