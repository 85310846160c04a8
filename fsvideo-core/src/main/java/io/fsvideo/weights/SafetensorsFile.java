package io.fsvideo.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** One open safetensors file whose header has been checked. */
final class SafetensorsFile implements AutoCloseable {
    /** Longest header accepted, the limit of the reference implementation. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int PREFIX_BYTES = 8;

    private final Path path;
    private final SafetensorsHeader header;
    private final long dataStart;
    private final FileBytes bytes;

    private SafetensorsFile(Path path, FileBytes bytes) throws IOException {
        this.path = path;
        this.bytes = bytes;
        long size = bytes.size();
        long length = headerLength(size);
        this.dataStart = PREFIX_BYTES + length;
        this.header = SafetensorsHeader.parse(path, headerText((int) length), size - dataStart);
    }

    /** Opens a file. @throws WeightsException when it cannot be read or its header does not hold */
    static SafetensorsFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw Fault.of(path, "checkpoint", "a file", Files.exists(path) ? "something else" : "nothing there");
        }
        FileBytes bytes = null;
        try {
            bytes = FileBytes.open(path);
            SafetensorsFile file = new SafetensorsFile(path, bytes);
            bytes = null;
            return file;
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "readable", e);
        } finally {
            closeQuietly(bytes);
        }
    }

    private long headerLength(long size) throws IOException {
        if (size < PREFIX_BYTES) {
            throw Fault.of(path, "file", "at least " + PREFIX_BYTES + " bytes", size + " bytes; truncated?");
        }
        ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.fill(prefix, 0);
        long length = prefix.getLong(0);
        if (length < 1 || length > MAX_HEADER_BYTES) {
            String got = Long.toUnsignedString(length) + "; not a safetensors file?";
            throw Fault.of(path, "header length", "1.." + MAX_HEADER_BYTES + " bytes", got);
        }
        if (length > size - PREFIX_BYTES) {
            String got = length + "; truncated?";
            throw Fault.of(path, "header length", "within the file's " + size + " bytes", got);
        }
        return length;
    }

    private String headerText(int length) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(length);
        bytes.fill(text, PREFIX_BYTES);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(text.flip()).toString();
        } catch (CharacterCodingException e) {
            throw Fault.of(path, "header", "UTF-8 text", e);
        }
    }

    Path path() {
        return path;
    }

    SafetensorsHeader header() {
        return header;
    }

    /** Shows the tensor's bytes to {@code sink}, as many at once as {@code buffer} holds. */
    void read(StoredTensor tensor, ByteBuffer buffer, FileBytes.Sink sink) {
        try {
            bytes.read(dataStart + tensor.begin(), tensor.bytes(), buffer, sink);
        } catch (IOException e) {
            throw Fault.of(path, Fault.shortened(tensor.key()), "readable", e);
        }
    }

    /** Fills what remains of {@code target} from the tensor's byte {@code offset} on. */
    void fill(StoredTensor tensor, long offset, ByteBuffer target) {
        try {
            bytes.fill(target, dataStart + tensor.begin() + offset);
        } catch (IOException e) {
            throw Fault.of(path, Fault.shortened(tensor.key()), "readable", e);
        }
    }

    @Override
    public void close() {
        closeQuietly(bytes);
    }

    /** Nothing was written, so a failing close loses nothing. */
    private static void closeQuietly(FileBytes bytes) {
        if (bytes != null) {
            try {
                bytes.close();
            } catch (IOException e) {
                return;
            }
        }
    }
}
