package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures the tests share, and their bytes in several formats. */
final class Pictures {
    private Pictures() {}

    /** The picture stored in the WebP test files: red 10x, green 16y, blue xy, 24 wide and 16 high. */
    static BufferedImage pattern() {
        BufferedImage image = new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 24; x++) {
                image.setRGB(x, y, 10 * x << 16 | 16 * y << 8 | x * y & 0xff);
            }
        }
        return image;
    }

    static byte[] encoded(RenderedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, format, out)) {
                throw new IOException("no writer of " + format + " for this picture");
            }
        }
        return bytes.toByteArray();
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = Pictures.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    static byte[] chunk(String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        ByteBuffer chunk = ByteBuffer.allocate(12 + data.length).putInt(data.length);
        return chunk.put(name).put(data).putInt((int) crc.getValue()).array();
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static void assertPixel(Image image, int y, int x, double red, double green, double blue, double tolerance) {
        float[] rgb = image.rgb();
        double[] expected = {red, green, blue};
        for (int c = 0; c < 3; c++) {
            assertNear(
                    "row " + y + ", column " + x + ", channel " + c,
                    expected[c],
                    rgb[3 * (y * image.width() + x) + c],
                    tolerance);
        }
    }

    static void assertPattern(Image image, double tolerance) {
        assertEquals(16, image.height());
        assertEquals(24, image.width());
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 24; x++) {
                assertPixel(image, y, x, 10 * x / 255.0, 16 * y / 255.0, (x * y & 0xff) / 255.0, tolerance);
            }
        }
    }

    static void assertNear(String what, double expected, double actual, double tolerance) {
        if (!(Math.abs(expected - actual) <= tolerance)) {
            fail(what + ": expected " + expected + " within " + tolerance + ", got " + actual);
        }
    }
}
