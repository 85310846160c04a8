package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** Hand-made safetensors files, right and wrong. */
final class Crafted {
    private Crafted() {}

    static byte[] bytes(long headerLength, byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .put(header)
                .put(data)
                .array();
    }

    static byte[] bytes(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return bytes(text.length, text, data);
    }

    /** A file with this header and {@code dataBytes} bytes 0, 1, 2, … of data. */
    static Path file(Path path, String header, int dataBytes) throws IOException {
        return Files.write(path, bytes(header, counting(dataBytes)));
    }

    static byte[] counting(int count) {
        byte[] data = new byte[count];
        for (int i = 0; i < count; i++) {
            data[i] = (byte) i;
        }
        return data;
    }

    static String entry(String key, String dtype, String shape, String offsets) {
        return "\"" + key + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    static String header(String... entries) {
        return Stream.of(entries).collect(Collectors.joining(",", "{", "}"));
    }

    /** Runs {@code action}, which must fail with a message of one line holding all {@code facts}. */
    static WeightsException assertFault(Executable action, Object... facts) {
        WeightsException e = assertThrows(WeightsException.class, action);
        for (Object fact : facts) {
            assertTrue(e.getMessage().contains(fact.toString()), () -> "no '" + fact + "' in: " + e.getMessage());
        }
        assertTrue(e.getMessage().startsWith("weights: "), e.getMessage());
        assertTrue(e.getMessage().lines().count() == 1 && e.getMessage().length() < 3000, e.getMessage());
        return e;
    }

    static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(p -> p.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static void assertOnly(Path folder, String... names) throws IOException {
        assertEquals(new TreeSet<>(Set.of(names)), names(folder));
    }

    /** Files this process has open under {@code folder}; counted on Linux only. */
    static long openFiles(Path folder) throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> links = Files.list(descriptors)) {
            return links.filter(link -> target(link).startsWith(folder.toString()))
                    .count();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
