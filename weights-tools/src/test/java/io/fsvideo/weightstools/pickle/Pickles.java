package io.fsvideo.weightstools.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Hand-made {@code .pth} files, and those that the script in {@code src/test/python} made. */
final class Pickles {
    static final Path MADE = Path.of("src/test/resources/pickle");

    private Pickles() {}

    /** A {@code .pth} with this pickle and one storage of 16 bytes. */
    static Path file(Path file, byte[] pickle) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            store(zip, "archive/data.pkl", pickle);
            store(zip, "archive/data/0", new byte[16]);
        }
        return file;
    }

    private static void store(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(data);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
    }

    /** Protocol 2, {@code head}, then {@code count} times {@code repeated}, then the end; characters are bytes. */
    static byte[] program(String head, String repeated, int count, String end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(latin("\u0080\u0002" + head));
        byte[] piece = latin(repeated);
        for (int i = 0; i < count; i++) {
            out.writeBytes(piece);
        }
        out.writeBytes(latin(end));
        return out.toByteArray();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
