package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadImageTest {
    @TempDir
    Path directory;

    @Test
    void namesWhatIsNoPicture() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.png"));
        assertMessage(
                empty,
                "Image.read: " + empty + " must be a PNG, JPEG, WebP, BMP or GIF picture, got an empty file (0 bytes)");
        Path text = Files.writeString(directory.resolve("text.jpg"), "hello");
        assertMessage(
                text,
                "Image.read: " + text
                        + " must be a PNG, JPEG, WebP, BMP or GIF picture, got 5 bytes starting with 68 65 6c 6c 6f");
        assertMessage(directory, "Image.read: " + directory + " must be a picture file, got a directory");
        Path missing = directory.resolve("missing.png");
        assertMessage(missing, "Image.read: " + missing + " must exist, got no such file");
    }

    @Test
    void reportsStreamsThatFail() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("cable pulled");
            }
        };
        String message =
                assertThrows(ImageException.class, () -> Image.read(failing)).getMessage();
        assertEquals("Image.read: the stream must be readable, got cable pulled", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "bmp", "gif", "lossless.webp", "lossy.webp", "alpha.webp"})
    void refusesEveryTruncation(String name) throws IOException {
        byte[] whole = bytes(name);
        // A GIF's last byte and a JPEG's last two are only trailers that many files lack.
        int trailer = name.equals("gif") ? 1 : name.equals("jpeg") ? 2 : 0;
        int shortest = whole.length - trailer;
        for (int length = 0; length < shortest; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            try {
                Image.read(cut);
            } catch (ImageException e) {
                continue;
            }
            fail(name + " cut to " + length + " of " + whole.length + " bytes was read");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "bmp", "gif"})
    void damageGivesAPictureOrATypedError(String name) throws IOException {
        byte[] whole = bytes(name);
        Random random = new Random(1);
        int refused = 0;
        for (int trial = 0; trial < 200; trial++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 3; i++) {
                // The first 64 bytes hold the structures that mislead a reader most.
                damaged[random.nextInt(Math.min(64, whole.length))] = (byte) random.nextInt();
            }
            try {
                Image.read(damaged);
            } catch (ImageException e) {
                refused++;
            }
        }
        assertTrue(refused > 0, "no damage was noticed");
    }

    @Test
    void refusesHugePicturesByTheirHeader() {
        byte[] size = ByteBuffer.allocate(13).putInt(20_000).putInt(20_000).array();
        size[8] = 16;
        size[9] = 6;
        byte[] signature = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
        byte[] png = Pictures.joined(signature, Pictures.chunk("IHDR", size), Pictures.chunk("IDAT", new byte[9]));
        assertEquals(
                "Image.read: the stream must have at most 67108864 pixels, got height 20000 x width 20000 = 400000000;"
                        + " scale it down first",
                assertThrows(ImageException.class, () -> Image.read(new ByteArrayInputStream(png)))
                        .getMessage());
    }

    @Test
    void refusesHugePicturesOfEveryFormat() throws IOException {
        byte[] bmp = bytes("bmp");
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 20_000).putInt(22, 20_000);
        // The JDK's reader compares the header with the data itself and never gives the size out.
        assertThrows(ImageException.class, () -> Image.read(bmp));
        byte[] gif = bytes("gif");
        int descriptor = indexOf(gif, new byte[] {0x2c, 0, 0, 0, 0, 24, 0, 16, 0});
        ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(descriptor + 5, (short) 20_000);
        ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(descriptor + 7, (short) 20_000);
        assertTooLarge(gif, 20_000, 20_000);
        byte[] jpeg = bytes("jpeg");
        int frame = indexOf(jpeg, new byte[] {(byte) 0xff, (byte) 0xc0, 0, 17, 8, 0, 16, 0, 24});
        ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 20_000).putShort(frame + 7, (short) 20_000);
        assertTooLarge(jpeg, 20_000, 20_000);
        byte[] webp = "RIFF\u0016\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\u001f\u004e\0\u001f\u004e\0"
                .getBytes(StandardCharsets.ISO_8859_1);
        assertTooLarge(webp, 20_000, 20_000);
    }

    @Test
    void checksPixelsGivenByTheCaller() {
        assertEquals(
                "Image.of: rgb must be [2, 3, 3] (18 values), got 17",
                assertThrows(ImageException.class, () -> Image.of(2, 3, new float[17]))
                        .getMessage());
        assertEquals(
                "Image.of: rgb must be in [0, 1], got NaN at row 0, column 1",
                assertThrows(ImageException.class, () -> Image.of(1, 2, new float[] {0, 1, 0, 1, Float.NaN, 0}))
                        .getMessage());
        assertThrows(ImageException.class, () -> Image.of(0, 3, new float[0]));
        Image image = Image.of(1, 1, new float[3]);
        assertThrows(ImageException.class, () -> image.resize(20_000, 20_000));
        assertThrows(ImageException.class, () -> image.resizeToCover(-1, 128));
    }

    private static byte[] bytes(String name) throws IOException {
        return name.endsWith(".webp") ? Pictures.resource(name) : Pictures.encoded(Pictures.pattern(), name);
    }

    private static void assertTooLarge(byte[] bytes, int height, int width) {
        String message =
                assertThrows(ImageException.class, () -> Image.read(bytes)).getMessage();
        assertTrue(message.contains("at most 67108864 pixels, got height " + height + " x width " + width), message);
    }

    private static void assertMessage(Path file, String message) {
        assertEquals(
                message,
                assertThrows(ImageException.class, () -> Image.read(file)).getMessage());
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("no such bytes");
    }
}
