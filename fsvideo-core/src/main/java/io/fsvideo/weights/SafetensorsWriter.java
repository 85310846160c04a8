package io.fsvideo.weights;

import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one safetensors file. Tensors are declared first, then their data arrives in pieces, one tensor after the other in any order,
 * so that nothing large is held. Data goes to a temporary file beside the target; {@link #commit} moves it into place, {@link #close}
 * without it removes it. The same declarations and data give the same bytes. Large files are written by threads of their own while the
 * caller prepares the next piece.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    /** What a tensor will be. */
    public record Declared(DType dtype, Shape shape) {
        long bytes() {
            return Math.multiplyExact(shape.numel(), (long) dtype.bytes());
        }
    }

    /** Opens the temporary file, which must not exist yet. */
    interface Opener {
        Opener NEW_FILE = path -> FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

        FileChannel open(Path temporary) throws IOException;
    }

    private static final class Progress {
        private final Declared declared;
        private final long start;
        private long written;

        private Progress(Declared declared, long start) {
            this.declared = declared;
            this.start = start;
        }
    }

    private final Path target;
    private final Temporary temporary;
    private final Map<String, Progress> tensors = new LinkedHashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private FileChannel channel;
    private WriteBehind sink;

    private SafetensorsWriter(Path target) {
        this.target = target;
        this.temporary = Temporary.beside(target);
    }

    /**
     * Starts a file.
     *
     * @param tensors key to dtype and shape; laid out by falling element size, then by key
     * @param metadata free-form strings for the header, may be empty
     * @throws WeightsException when the file cannot be written
     */
    public static SafetensorsWriter create(Path target, Map<String, Declared> tensors, Map<String, String> metadata) {
        return create(target, tensors, metadata, Opener.NEW_FILE);
    }

    static SafetensorsWriter create(
            Path target, Map<String, Declared> tensors, Map<String, String> metadata, Opener opener) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(target)) {
            throw Fault.of(target, "target", "a file name in an existing folder", "none; create the folder first");
        }
        HeaderText header = HeaderText.of(target, tensors, metadata);
        SafetensorsWriter writer = new SafetensorsWriter(target);
        try {
            writer.channel = opener.open(writer.temporary.path());
            header.starts()
                    .forEach((key, start) ->
                            writer.tensors.put(key, new Progress(tensors.get(key), header.bytes().length + start)));
            long bytes = header.bytes().length
                    + tensors.values().stream().mapToLong(Declared::bytes).sum();
            writer.sink = new WriteBehind(writer.channel, bytes);
            writer.sink.write(ByteBuffer.wrap(header.bytes()), 0);
            return writer;
        } catch (IOException e) {
            writer.close();
            throw unwritable(target, e);
        }
    }

    /** The tensors in the order of their bytes; data that comes in this order is read once only for the checksum. */
    public List<String> keys() {
        return List.copyOf(tensors.keySet());
    }

    /**
     * Appends all of {@code piece}, little endian, to the data of {@code key}.
     *
     * @throws WeightsException beyond its size, or when this or an earlier write failed
     */
    public void write(String key, ByteBuffer piece) {
        Progress tensor = tensors.get(key);
        if (tensor == null) {
            throw Fault.of(target, "key", "declared", Fault.shortened(key));
        }
        if (channel == null) {
            throw new IllegalStateException("safetensorsWriter: " + target + " was used after it was closed");
        }
        long bytes = piece.remaining();
        if (tensor.written + bytes > tensor.declared.bytes()) {
            throw Fault.of(
                    target, key, tensor.declared.bytes() + " bytes", "at least " + (tensor.written + bytes) + " bytes");
        }
        try {
            sink.write(piece, tensor.start + tensor.written);
        } catch (IOException e) {
            throw unwritable(target, e);
        }
        tensor.written += bytes;
    }

    /** Appends {@code count} values from {@code offset} on, converted to the declared dtype. @throws WeightsException as the other form */
    public void write(String key, float[] values, int offset, int count) {
        Progress tensor = tensors.get(key);
        if (tensor == null) {
            throw Fault.of(target, "key", "declared", Fault.shortened(key));
        }
        DType dtype = tensor.declared.dtype();
        int step = PIECE_BYTES / dtype.bytes();
        for (int done = 0; done < count; done += step) {
            buffer.clear();
            Floats.encode(dtype, values, offset + done, Math.min(step, count - done), buffer);
            write(key, buffer.flip());
        }
    }

    /** Writes a whole plain tensor, living on {@code backend}, of the declared dtype and shape. @throws WeightsException as the other forms */
    public void write(String key, Backend backend, Tensor tensor) {
        Progress progress = tensors.get(key);
        if (progress == null || !progress.declared.equals(new Declared(tensor.dtype(), tensor.shape()))) {
            throw Fault.of(target, key, progress == null ? "declared" : progress.declared.toString(), tensor);
        }
        long bytes = progress.declared.bytes();
        for (long done = 0; done < bytes; done += PIECE_BYTES) {
            buffer.clear().limit((int) Math.min(PIECE_BYTES, bytes - done));
            backend.copyOut(buffer, tensor, done);
            write(key, buffer.flip());
        }
    }

    /**
     * Moves the complete file into place, replacing what was there.
     *
     * @return its SHA-256 in hexadecimal
     * @throws WeightsException when data is missing or on a failed write
     */
    public String commit() {
        tensors.forEach((key, tensor) -> {
            if (tensor.written != tensor.declared.bytes()) {
                throw Fault.of(target, key, tensor.declared.bytes() + " bytes", tensor.written + " bytes");
            }
        });
        if (channel == null) {
            throw new IllegalStateException("safetensorsWriter: " + target + " was used after it was closed");
        }
        try {
            String checksum = sink.finish(temporary.path());
            channel.close();
            temporary.moveTo(target);
            channel = null;
            return checksum;
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static WeightsException unwritable(Path target, IOException e) {
        return Fault.of(target, "file", "writable", e);
    }

    /** Removes the temporary file unless {@link #commit} succeeded. */
    @Override
    public void close() {
        FileChannel open = channel;
        channel = null;
        if (open == null) {
            return;
        }
        if (sink != null) {
            sink.close();
        }
        try (temporary;
                open) {
            return;
        } catch (IOException e) {
            throw Fault.of(temporary.path(), "temporary file", "removable", e);
        }
    }
}
