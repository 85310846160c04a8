package io.fsvideo.cuda.natives;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where {@code ldconfig} has seen libraries: glibc's {@code /etc/ld.so.cache}, format 1.1. */
final class LinkerCache {
    private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = 48;
    private static final int ENTRY_BYTES = 24;

    private record Entry(String soname, String path) {}

    private final List<Entry> entries;

    private LinkerCache(List<Entry> entries) {
        this.entries = entries;
    }

    /** A file that is missing, or in a format this class does not know, lists nothing. */
    static LinkerCache read(Path file) {
        List<Entry> entries = new ArrayList<>();
        try {
            if (Files.isReadable(file)) {
                parse(Files.readAllBytes(file), entries);
            }
        } catch (IOException | IndexOutOfBoundsException e) {
            entries.clear();
        }
        return new LinkerCache(entries);
    }

    private static void parse(byte[] content, List<Entry> entries) {
        int start = indexOf(content, MAGIC);
        if (start < 0) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int count = bytes.getInt(start + MAGIC.length);
        for (int i = 0; i < count; i++) {
            int entry = start + HEADER_BYTES + i * ENTRY_BYTES;
            String soname = text(content, start + bytes.getInt(entry + 4));
            entries.add(new Entry(soname, text(content, start + bytes.getInt(entry + 8))));
        }
    }

    private static int indexOf(byte[] content, byte[] part) {
        for (int i = 0; i + part.length <= content.length; i++) {
            if (ByteBuffer.wrap(content, i, part.length).equals(ByteBuffer.wrap(part))) {
                return i;
            }
        }
        return -1;
    }

    private static String text(byte[] content, int start) {
        int end = start;
        while (content[end] != 0) {
            end++;
        }
        return new String(content, start, end - start, StandardCharsets.US_ASCII);
    }

    /** Absolute paths of the libraries with this soname, in the linker's order. */
    List<String> paths(String soname) {
        return entries.stream()
                .filter(entry -> entry.soname.equals(soname))
                .map(Entry::path)
                .toList();
    }
}
