package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Mp4Test {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"17, 256, 384, 24", "5, 64, 98, 16", "1, 128, 128, 30"})
    void comesBackFromTheDecoder(int frames, int height, int width, int fps) {
        Video video = Clips.moving(frames, height, width, fps);
        Path file = directory.resolve("clip.mp4");
        video.writeMp4(file);
        DecodedMp4 decoded = new DecodedMp4(file);
        assertEquals(frames, decoded.frames.size());
        assertEquals(height, decoded.height);
        assertEquals(width, decoded.width);
        assertEquals(fps, decoded.fps, 1e-9);
        assertEquals("yuv420p tv bt709 bt709 bt709", decoded.colours);
        for (int i = 0; i < frames; i++) {
            assertEquals((double) i / fps, decoded.times.get(i) * decoded.timeBase, 1e-9, "time of frame " + i);
            double psnr = Clips.psnr(video.frame(i), decoded.frames.get(i));
            assertTrue(psnr >= 30, "frame " + i + ": PSNR must be at least 30 dB, got " + psnr);
        }
    }

    @Test
    void keepsFlatColours() {
        int[] colours = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff, 0x000000, 0x808080, 0xc08040, 0x20a0e0};
        Path file = directory.resolve("patches.mp4");
        Clips.patches(3, colours).write(file);
        for (byte[] frame : new DecodedMp4(file).frames) {
            for (int patch = 0; patch < colours.length; patch++) {
                int centre = 3 * (128 * (16 + patch / 4 * 32) + 16 + patch % 4 * 32);
                for (int c = 0; c < 3; c++) {
                    int level = frame[centre + c] & 0xff;
                    int expected = colours[patch] >> 16 - 8 * c & 0xff;
                    assertEquals(expected, level, 3, "patch " + patch + ", channel " + c);
                }
            }
        }
    }

    @Test
    void carriesMetadataAndStartsAtOnce() throws IOException {
        Path file = directory.resolve("a name:with 100%.mp4");
        Clips.moving(9, 64, 64, 24).write(file);
        assertEquals(Clips.METADATA, Video.readMetadata(file));
        assertTrue(new DecodedMp4(file).comment.contains("\"seed\":\"7\""));
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.indexOf("moov") < bytes.indexOf("mdat"), "the index must stand in front");
    }

    @Test
    void sameClipGivesTheSameBytes() throws IOException {
        Video video = Clips.moving(5, 128, 128, 24);
        video.write(directory.resolve("a.mp4"));
        video.write(directory.resolve("b.mp4"));
        assertArrayEquals(
                Files.readAllBytes(directory.resolve("a.mp4")), Files.readAllBytes(directory.resolve("b.mp4")));
    }

    @Test
    void refusesOddSizes() {
        Path file = directory.resolve("odd.mp4");
        Video odd = Clips.moving(1, 33, 64, 24);
        assertEquals(
                "Video.write: " + file + " cannot be written: MP4 must have an even height and width of at least 16,"
                        + " got height 33, width 64; write an .apng or .y4m instead",
                assertThrows(VideoException.class, () -> odd.write(file)).getMessage());
        assertEquals(0, directory.toFile().list().length);
    }

    @ParameterizedTest
    @CsvSource({"14, 64", "64, 14", "2, 2"})
    void refusesSizesThatTheEncoderDoesNotTake(int height, int width) {
        Video small = Clips.moving(1, height, width, 24);
        String message = assertThrows(VideoException.class, () -> small.writeMp4(directory.resolve("small.mp4")))
                .getMessage();
        assertTrue(message.contains("of at least 16, got height " + height + ", width " + width), message);
        assertEquals(0, directory.toFile().list().length);
        Clips.moving(1, 16, 16, 24).writeMp4(directory.resolve("smallest.mp4"));
    }

    /** A second copy of the library in a class loader that does not see FFmpeg. */
    @Test
    void namesTheArtifactWhenFfmpegIsMissing() throws ReflectiveOperationException, IOException {
        URL[] urls = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("ffmpeg") && !entry.contains("javacpp"))
                .map(Mp4Test::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = loader.loadClass(Video.class.getName());
            Method ofFloats = type.getMethod("ofFloats", float[].class, int.class, int.class, int.class);
            Object video = ofFloats.invoke(null, new float[12], 2, 2, 24);
            Method write = type.getMethod("writeMp4", Path.class);
            Path file = directory.resolve("out.mp4");
            Throwable thrown = assertThrows(InvocationTargetException.class, () -> write.invoke(video, file))
                    .getCause();
            assertEquals(VideoException.class.getName(), thrown.getClass().getName());
            assertTrue(thrown.getMessage().contains("org.bytedeco:ffmpeg:8.0.1-1.5.13"), thrown.getMessage());
            assertEquals(0, directory.toFile().list().length);
        }
    }

    private static URL url(String entry) {
        try {
            return new File(entry).toURI().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
