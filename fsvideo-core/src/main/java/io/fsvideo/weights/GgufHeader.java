package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a GGUF file, versions 2 and 3 (ggml-org/ggml {@code docs/gguf.md}), checked so that every tensor's bytes exist and are no one
 * else's. Strings, counts and array lengths come from the file and are bounded before anything is allocated.
 */
final class GgufHeader {
    /** "GGUF" as the file's first four bytes. */
    static final int MAGIC = 0x46554747;

    private static final int MOST_TENSORS = 1 << 16;
    private static final int MOST_ENTRIES = 1 << 16;
    private static final int MOST_DIMENSIONS = 5;
    private static final int LONGEST_NAME = 1 << 10;

    /** A vocabulary with its scores takes some megabytes. */
    private static final long MOST_HEADER_BYTES = 256L << 20;

    private static final String ALIGNMENT = "general.alignment";
    private static final long USUAL_ALIGNMENT = 32;

    /** ComfyUI's converters flatten tensors to four dimensions and keep the shape under this name. */
    private static final String ORIGINAL_SHAPE = "comfy.gguf.orig_shape.";

    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int[] SCALAR_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    private static final int U32 = 4;
    private static final int I32 = 5;

    /**
     * One tensor.
     *
     * @param begin its first byte in the file
     */
    record Entry(String name, GgufType type, Shape shape, long begin) {
        long bytes() {
            return shape.numel() / type.blockValues() * type.blockBytes();
        }

        @Override
        public String toString() {
            return Fault.shortened(name) + " " + shape + " " + type;
        }
    }

    private final Path file;
    private final FileBytes bytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private long position;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, long[]> originalShapes = new LinkedHashMap<>();
    private long alignment = USUAL_ALIGNMENT;
    private final List<Entry> entries = new ArrayList<>();

    private GgufHeader(Path file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
        buffer.limit(0);
    }

    /** Reads and checks the head. @throws WeightsException naming file, tensor, expected and found */
    static GgufHeader read(Path file, FileBytes bytes) throws IOException {
        GgufHeader header = new GgufHeader(file, bytes);
        header.parse();
        return header;
    }

    /** The head's strings, numbers and booleans by name; arrays are left out. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** The tensors in the order of their bytes. */
    List<Entry> entries() {
        return entries;
    }

    private record Info(String name, int type, long[] dims, long offset) {}

    private void parse() throws IOException {
        int magic = int32();
        if (magic != MAGIC) {
            throw Fault.of(file, "first bytes", "GGUF", Integer.toHexString(magic));
        }
        int version = int32();
        if (version != 2 && version != 3) {
            throw Fault.of(file, "GGUF version", "2 or 3", version);
        }
        long tensors = count("number of tensors", MOST_TENSORS);
        long pairs = count("number of metadata entries", MOST_ENTRIES);
        for (long i = 0; i < pairs; i++) {
            metadataEntry();
        }
        List<Info> infos = new ArrayList<>();
        for (long i = 0; i < tensors; i++) {
            infos.add(info());
        }
        long data = (position + alignment - 1) / alignment * alignment;
        for (Info info : infos) {
            entries.add(entry(info, data));
        }
        requireDistinct();
    }

    private void metadataEntry() throws IOException {
        String key = string("name of a metadata entry", LONGEST_NAME);
        int type = int32();
        if (type == ARRAY) {
            array(key);
        } else if (type == STRING) {
            metadata.put(key, string("value of " + Fault.shortened(key), MOST_HEADER_BYTES));
        } else {
            scalar(key, type);
        }
    }

    private void scalar(String key, int type) throws IOException {
        int width = scalarBytes(key, type);
        need(width);
        position += width;
        long bits = 0;
        for (int i = 0; i < width; i++) {
            bits |= (buffer.get() & 0xffL) << 8 * i;
        }
        String text = type == 6
                ? String.valueOf(Float.intBitsToFloat((int) bits))
                : type == 12 ? String.valueOf(Double.longBitsToDouble(bits)) : String.valueOf(bits);
        metadata.put(key, text);
        if (key.equals(ALIGNMENT)) {
            if (bits < 1 || bits > 1 << 20 || Long.bitCount(bits) != 1) {
                throw Fault.of(file, ALIGNMENT, "a power of two up to 2^20", bits);
            }
            alignment = bits;
        }
    }

    private int scalarBytes(String key, int type) {
        if (type < 0 || type >= SCALAR_BYTES.length || SCALAR_BYTES[type] == 0) {
            throw Fault.of(file, "type of " + Fault.shortened(key), "a number of GGUF's value types", type);
        }
        return SCALAR_BYTES[type];
    }

    private void array(String key) throws IOException {
        int type = int32();
        long length = int64();
        if (length < 0 || length > bytes.size()) {
            throw Fault.of(file, "length of " + Fault.shortened(key), "within the file", length);
        }
        if (type == STRING) {
            for (long i = 0; i < length; i++) {
                skip(text("entry of " + Fault.shortened(key)));
            }
            return;
        }
        int width = scalarBytes(key, type);
        if (key.startsWith(ORIGINAL_SHAPE) && (type == I32 || type == U32) && length <= MOST_DIMENSIONS) {
            long[] dims = new long[(int) length];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = int32();
            }
            originalShapes.put(key.substring(ORIGINAL_SHAPE.length()), dims);
            return;
        }
        skip(Math.multiplyExact(length, (long) width));
    }

    private Info info() throws IOException {
        String name = string("name of a tensor", LONGEST_NAME);
        int rank = int32();
        if (rank < 1 || rank > MOST_DIMENSIONS) {
            throw Fault.of(file, "dimensions of " + Fault.shortened(name), "1.." + MOST_DIMENSIONS, rank);
        }
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            // GGUF writes the innermost dimension first.
            dims[rank - 1 - i] = int64();
        }
        return new Info(name, int32(), dims, int64());
    }

    private Entry entry(Info info, long data) {
        String name = Fault.shortened(info.name());
        GgufType type = GgufType.of(info.type());
        if (type == null) {
            throw Fault.of(
                    file, "type of " + name, "one of " + List.of(GgufType.values()), "ggml's number " + info.type());
        }
        try {
            Shape stored = Shape.of(info.dims());
            if (stored.dim(-1) % type.blockValues() != 0) {
                throw Fault.of(file, "rows of " + name, "multiples of " + type.blockValues() + " for " + type, stored);
            }
            long[] original = originalShapes.get(info.name());
            Shape shape = original == null ? stored : Shape.of(original);
            if (shape.numel() != stored.numel()) {
                throw Fault.of(file, ORIGINAL_SHAPE + name, "a shape of " + stored.numel() + " values", shape);
            }
            long taken = Math.multiplyExact(shape.numel() / type.blockValues(), (long) type.blockBytes());
            long begin = Math.addExact(data, info.offset());
            if (info.offset() < 0 || info.offset() % alignment != 0 || Math.addExact(begin, taken) > bytes.size()) {
                throw Fault.of(
                        file,
                        "offset of " + name,
                        "a multiple of " + alignment + " whose " + taken + " bytes are within the file's "
                                + bytes.size(),
                        info.offset() + "; truncated?");
            }
            return new Entry(info.name(), type, shape, begin);
        } catch (ShapeException | ArithmeticException e) {
            throw Fault.of(file, "shape of " + name, "dimensions whose bytes fit 63 bits", List.of(e.getMessage()));
        }
    }

    private void requireDistinct() {
        entries.sort(Comparator.comparingLong(Entry::begin));
        Map<String, Entry> seen = new LinkedHashMap<>();
        Entry last = null;
        for (Entry entry : entries) {
            if (seen.put(entry.name(), entry) != null) {
                throw Fault.of(file, "name of a tensor", "there once", Fault.shortened(entry.name()) + " twice");
            }
            if (last != null && entry.begin() < last.begin() + last.bytes()) {
                throw Fault.of(file, "tensors", "without overlap", last + " and " + entry);
            }
            last = entry;
        }
    }

    private long count(String what, long most) throws IOException {
        long count = int64();
        if (count < 0 || count > most) {
            throw Fault.of(file, what, "0.." + most, count);
        }
        return count;
    }

    private String string(String what, long longest) throws IOException {
        long length = text(what);
        if (length > longest) {
            throw Fault.of(file, what, "at most " + longest + " bytes", length);
        }
        byte[] text = new byte[(int) length];
        for (int done = 0; done < text.length; ) {
            need(1);
            int piece = Math.min(buffer.remaining(), text.length - done);
            buffer.get(text, done, piece);
            position += piece;
            done += piece;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Fault.of(file, what, "UTF-8", e);
        }
    }

    /** The length of the string that follows, which ends within the file and the limit of a head. */
    private long text(String what) throws IOException {
        long length = int64();
        if (length < 0 || length > bytes.size() - position || length > MOST_HEADER_BYTES) {
            throw Fault.of(
                    file, what, "within the file's " + bytes.size() + " bytes", length + " bytes at " + position);
        }
        return length;
    }

    private int int32() throws IOException {
        need(Integer.BYTES);
        position += Integer.BYTES;
        return buffer.getInt();
    }

    private long int64() throws IOException {
        need(Long.BYTES);
        position += Long.BYTES;
        return buffer.getLong();
    }

    private void skip(long count) {
        if (count > bytes.size() - position) {
            throw Fault.of(
                    file, "head", "within the file's " + bytes.size() + " bytes", count + " more at " + position);
        }
        requireHead(count);
        int buffered = (int) Math.min(count, buffer.remaining());
        buffer.position(buffer.position() + buffered);
        position += count;
        if (count > buffered) {
            buffer.limit(0);
        }
    }

    /** Has the next bytes in the buffer. */
    private void need(int count) throws IOException {
        requireHead(count);
        if (buffer.remaining() >= count) {
            return;
        }
        long available = Math.min(buffer.capacity(), bytes.size() - position);
        if (available < count) {
            throw Fault.of(file, "head", "complete", "the file's end at byte " + bytes.size() + "; truncated?");
        }
        buffer.clear().limit((int) available);
        bytes.fill(buffer, position);
        buffer.flip();
    }

    private void requireHead(long count) {
        if (position + count > MOST_HEADER_BYTES) {
            throw Fault.of(file, "head", "at most " + MOST_HEADER_BYTES + " bytes", "more");
        }
    }
}
