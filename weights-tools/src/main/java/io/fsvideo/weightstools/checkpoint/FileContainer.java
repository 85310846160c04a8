package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.WeightsException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of another kind than the library opens itself, such as a {@code .pth}, as a container. */
public final class FileContainer implements Container {
    private static final int PIECE_BYTES = 1 << 19;

    private final TensorFile file;
    private final Map<String, StoredInfo> infos = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /** @param file closed with this */
    public FileContainer(TensorFile file) {
        this.file = file;
        for (StoredInfo info : file.tensors()) {
            infos.put(info.name(), info);
            shapes.put(info.name(), info.shape());
        }
    }

    @Override
    public String description() {
        return file.description();
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    @Override
    public String storedType(String key) {
        return info(key).type();
    }

    /** {@inheritDoc} There is one only for types that this library computes with. */
    @Override
    public DType dtype(String key) {
        return TensorCopy.declared(info(key)).dtype();
    }

    @Override
    public long bytes(String key) {
        return info(key).bytes();
    }

    @Override
    public void read(String key, long offset, ByteBuffer target) {
        file.read(key, offset, target);
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        StoredInfo info = info(key);
        try (Arena t = arena.child(key)) {
            Tensor tensor = t.alloc(key, dtype(key), shape);
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (long done = 0; done < info.bytes(); done += piece.limit()) {
                piece.clear().limit((int) Math.min(PIECE_BYTES, info.bytes() - done));
                file.read(key, done, piece);
                arena.backend().copyIn(tensor, done, piece.flip());
            }
            return t.keep(tensor);
        }
    }

    private StoredInfo info(String key) {
        StoredInfo info = infos.get(key);
        if (info == null) {
            throw new WeightsException(
                    "weights: " + description() + ": " + key + " must be present, got " + infos.size() + " other keys");
        }
        return info;
    }

    @Override
    public void close() {
        file.close();
    }
}
