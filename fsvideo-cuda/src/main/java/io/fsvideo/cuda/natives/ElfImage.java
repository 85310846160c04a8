package io.fsvideo.cuda.natives;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The dynamic section of a 64-bit little-endian shared object, as far as relinking needs it (System V ABI, "Dynamic Linking"). */
final class ElfImage {
    static final long NEEDED = 1;
    static final long STRING_TABLE = 5;
    static final long SYMBOL_TABLE = 6;
    static final long SYMBOL_VERSIONS = 0x6ffffff0L;
    static final long VERSIONS_NEEDED = 0x6ffffffeL;
    static final long VERSIONS_NEEDED_COUNT = 0x6fffffffL;

    private static final int MAGIC = 0x464c457f;
    private static final int LOAD_SEGMENT = 1;
    private static final int DYNAMIC_SEGMENT = 2;

    final ByteBuffer bytes;
    private final String name;
    private final List<Segment> segments = new ArrayList<>();
    private final Map<Long, Long> dynamic = new HashMap<>();
    private final List<Long> needed = new ArrayList<>();

    private record Segment(long address, long offset, long size) {}

    /** @param name for errors */
    ElfImage(String name, byte[] content) {
        this.name = name;
        this.bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        if (content.length < 64 || bytes.getInt(0) != MAGIC || bytes.get(4) != 2 || bytes.get(5) != 1) {
            throw new NativeLibraryException(name + ": must be a 64-bit little-endian ELF file");
        }
        readSegments();
    }

    private void readSegments() {
        long table = bytes.getLong(32);
        int step = bytes.getShort(54) & 0xffff;
        int count = bytes.getShort(56) & 0xffff;
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * step;
            if (bytes.getInt(at) == LOAD_SEGMENT) {
                segments.add(new Segment(bytes.getLong(at + 16), bytes.getLong(at + 8), bytes.getLong(at + 32)));
            } else if (bytes.getInt(at) == DYNAMIC_SEGMENT) {
                readDynamic((int) bytes.getLong(at + 8), (int) bytes.getLong(at + 32));
            }
        }
    }

    private void readDynamic(int offset, int size) {
        for (int at = offset; at < offset + size && bytes.getLong(at) != 0; at += 16) {
            if (bytes.getLong(at) == NEEDED) {
                needed.add(bytes.getLong(at + 8));
            } else {
                dynamic.put(bytes.getLong(at), bytes.getLong(at + 8));
            }
        }
    }

    boolean has(long tag) {
        return dynamic.containsKey(tag);
    }

    /** Value of an entry of the dynamic section. */
    long value(long tag) {
        Long value = dynamic.get(tag);
        if (value == null) {
            throw new NativeLibraryException(name + ": has no dynamic entry " + Long.toHexString(tag));
        }
        return value;
    }

    /** Offset in the file of the table that a dynamic entry points to. */
    int table(long tag) {
        long address = value(tag);
        for (Segment segment : segments) {
            if (address >= segment.address && address < segment.address + segment.size) {
                return (int) (address - segment.address + segment.offset);
            }
        }
        throw new NativeLibraryException(name + ": address " + Long.toHexString(address) + " lies in no segment");
    }

    /** Sonames of the libraries this one asks for. */
    List<String> needed() {
        return needed.stream().map(offset -> text(offset.intValue())).toList();
    }

    /** Zero-terminated text at an offset of the string table. */
    String text(int offset) {
        int start = table(STRING_TABLE) + offset;
        int end = start;
        while (bytes.get(end) != 0) {
            end++;
        }
        return new String(bytes.array(), start, end - start, StandardCharsets.US_ASCII);
    }

    /** Overwrites the text at an offset of the string table with one of the same length. */
    void overwrite(int offset, String text) {
        bytes.put(table(STRING_TABLE) + offset, text.getBytes(StandardCharsets.US_ASCII));
    }

    List<Long> neededOffsets() {
        return needed;
    }

    String name() {
        return name;
    }
}
