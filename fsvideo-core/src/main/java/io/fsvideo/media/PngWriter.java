package io.fsvideo.media;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** PNG and animated PNG (PNG specification, third edition), 8-bit RGB. */
final class PngWriter implements AutoCloseable {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int KEYWORD_LIMIT = 79;

    private final Video video;
    private final DataOutputStream out;
    private int sequence;

    private PngWriter(Video video, Path file) throws IOException {
        this.video = video;
        this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
    }

    static void writeSequence(Video video, Path directory) throws IOException {
        Files.createDirectory(directory);
        for (int i = 0; i < video.frames(); i++) {
            Path file = directory.resolve(String.format(Locale.ROOT, "frame-%04d.png", i + 1));
            try (PngWriter png = new PngWriter(video, file)) {
                png.header();
                png.chunk("IDAT", png.compressed(i));
                png.chunk("IEND", new byte[0]);
            }
        }
    }

    static void writeAnimation(Video video, Path file) throws IOException {
        try (PngWriter png = new PngWriter(video, file)) {
            png.header();
            int plays = 0; // for ever
            png.chunk(
                    "acTL",
                    ByteBuffer.allocate(8).putInt(video.frames()).putInt(plays).array());
            for (int i = 0; i < video.frames(); i++) {
                png.frameControl();
                byte[] data = png.compressed(i);
                if (i == 0) {
                    png.chunk("IDAT", data);
                } else {
                    byte[] numbered = ByteBuffer.allocate(4 + data.length)
                            .putInt(png.sequence++)
                            .put(data)
                            .array();
                    png.chunk("fdAT", numbered);
                }
            }
            png.chunk("IEND", new byte[0]);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private void header() throws IOException {
        out.write(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(video.width()).putInt(video.height());
        chunk("IHDR", header.put(new byte[] {8, 2, 0, 0, 0}).array()); // 8 bits, RGB, deflate, filters, not interlaced
        chunk("sRGB", new byte[] {0});
        for (Map.Entry<String, String> entry : video.metadata().entrySet()) {
            chunk("iTXt", text(entry.getKey(), entry.getValue()));
        }
    }

    private static byte[] text(String key, String value) throws IOException {
        byte[] keyword = key.getBytes(StandardCharsets.ISO_8859_1);
        if (!key.matches("[!-~]([ -~]*[!-~])?") || key.contains("  ") || keyword.length > KEYWORD_LIMIT) {
            throw new RefusedException(
                    "a metadata name must be 1 to 79 printable ASCII characters for PNG, got \"" + key + "\"");
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.write(keyword);
        text.write(new byte[5]); // end of keyword, not compressed (2), no language, no translated keyword
        text.write(value.replace("\0", "").getBytes(StandardCharsets.UTF_8));
        return text.toByteArray();
    }

    private void frameControl() throws IOException {
        ByteBuffer control = ByteBuffer.allocate(26).putInt(sequence++);
        control.putInt(video.width()).putInt(video.height()).putInt(0).putInt(0);
        control.putShort((short) 1).putShort((short) video.fps());
        chunk("fcTL", control.put(new byte[] {0, 0}).array()); // dispose: none; blend: replace
    }

    private void chunk(String type, byte[] data) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeInt(data.length);
        out.write(name);
        out.write(data);
        out.writeInt((int) crc.getValue());
    }

    private byte[] compressed(int frame) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater();
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(bytes, deflater)) {
            PngFilter filter = new PngFilter(3 * video.width(), 3);
            for (int row = 0; row < video.height(); row++) {
                filter.write(video.pixels(frame), row, deflated);
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }
}
