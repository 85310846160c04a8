package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VideoStreamTest {
    @TempDir
    Path temp;

    private static Video video() {
        float[] pixels = new float[3 * 16 * 32 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(0.01 * i);
        }
        return Video.ofFloats(pixels, 16, 32, 12).withMetadata(Map.of("seed", "7"));
    }

    private static long leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith(".fsvideo-"))
                    .count();
        }
    }

    @ParameterizedTest
    @EnumSource(value = VideoFormat.class, names = "PNG_SEQUENCE", mode = EnumSource.Mode.EXCLUDE)
    void aStreamGetsTheBytesOfTheFile(VideoFormat format) throws IOException {
        long before = leftovers();
        Path file = temp.resolve("file");
        video().write(file, format);
        assertArrayEquals(Files.readAllBytes(file), video().toBytes(format));
        assertEquals(before, leftovers());
    }

    @Test
    void aFolderOfFilesIsRefused() {
        String message = assertThrows(VideoException.class, () -> video().toBytes(VideoFormat.PNG_SEQUENCE))
                .getMessage();
        assertEquals("Video.write: a stream must get a format of one file, got PNG_SEQUENCE", message);
    }

    @Test
    void aStreamThatFailsIsAnErrorAndLeavesNoFile() throws IOException {
        long before = leftovers();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space left");
            }
        };
        String message = assertThrows(VideoException.class, () -> video().write(full, VideoFormat.Y4M))
                .getMessage();
        assertTrue(message.endsWith("no space left"), message);
        assertEquals(before, leftovers());
    }

    @ParameterizedTest
    @EnumSource(VideoFormat.class)
    void whatCanBeEncodedIsKnownBefore(VideoFormat format) throws IOException {
        long before = leftovers();
        format.requireEncodable(128, 256, 12);
        assertEquals(before, leftovers());
    }

    @Test
    void whatCannotBeEncodedIsKnownBefore() {
        String odd = assertThrows(VideoException.class, () -> VideoFormat.MP4.requireEncodable(127, 256, 12))
                .getMessage();
        assertTrue(odd.contains("MP4 must have an even height and width of at least 16, got height 127"), odd);
        String fast = assertThrows(VideoException.class, () -> VideoFormat.GIF.requireEncodable(128, 256, 60))
                .getMessage();
        assertTrue(fast.contains("at most 50 frames per second, got 60"), fast);
    }

    @Test
    void aPictureHasTheFramesPixels() {
        Video video = video();
        byte[] rgb = video.frame(2);
        int at = 3 * (5 * 32 + 7);
        int expected = (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | rgb[at + 2] & 0xff;
        assertEquals(expected, video.image(2).getRGB(7, 5) & 0xffffff);
    }
}
