package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailedWriteTest {
    private static final String[] NAMES = {"out.mp4", "out.apng", "out.gif", "frames", "out.y4m"};

    @TempDir
    Path directory;

    /** Run by {@link #leavesNothingWhenTheFileSystemRefuses} in a JVM whose files may not grow past some kilobytes. */
    public static void main(String[] arguments) {
        Video noise = noise();
        for (String name : NAMES) {
            try {
                noise.write(Path.of(arguments[0], name));
                System.out.println("written: " + name);
            } catch (VideoException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    @Test
    void leavesNothingWhenTheFileSystemRefuses() throws IOException, InterruptedException {
        // Also unpacks FFmpeg's libraries, which the limited JVM could not.
        noise().write(directory.resolve("out.mp4"));
        byte[] before = Files.readAllBytes(directory.resolve("out.mp4"));
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 24; exec \"$0\" \"$@\"",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-Dorg.bytedeco.javacpp.cachedir=" + Loader.getCacheDir(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FailedWriteTest.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        for (String name : NAMES) {
            Path target = directory.resolve(name);
            assertTrue(output.contains("refused: Video.write: " + target + " cannot be written: "), output);
        }
        assertEquals(NAMES.length, output.split("File too large; check free space", -1).length - 1, output);
        assertArrayEquals(new String[] {"out.mp4"}, VideoWriteTest.sorted(directory));
        assertArrayEquals(before, Files.readAllBytes(directory.resolve("out.mp4")));
    }

    @ParameterizedTest
    @EnumSource(
            value = VideoFormat.class,
            names = {"PNG_SEQUENCE"},
            mode = EnumSource.Mode.EXCLUDE)
    void reportsAFullDevice(VideoFormat format) {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "this system has no /dev/full");
        String message = assertThrows(IOException.class, () -> format.encode(noise(), full))
                .getMessage();
        assertTrue(message.contains("No space left on device"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"out.mp4", "out.apng", "out.gif", "frames", "out.y4m"})
    void reportsMissingAndFalseDirectories(String name) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Video video = Clips.moving(1, 16, 16, 24);
        for (Path parent : new Path[] {directory.resolve("missing"), file}) {
            Path target = parent.resolve(name);
            assertEquals(
                    "Video.write: " + target + " cannot be written: its directory " + parent
                            + " does not exist; create it first",
                    assertThrows(VideoException.class, () -> video.write(target))
                            .getMessage());
        }
        assertArrayEquals(new String[] {"file"}, VideoWriteTest.sorted(directory));
    }

    @Test
    void reportsADirectoryWithoutPermission() throws IOException {
        Path locked = Files.createDirectory(directory.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeFalse(Files.isWritable(locked), "this user may write anywhere");
        for (String name : NAMES) {
            String message = assertThrows(
                            VideoException.class,
                            () -> Clips.moving(1, 16, 16, 24).write(locked.resolve(name)))
                    .getMessage();
            assertTrue(message.toLowerCase().contains("permission denied"), message);
        }
        assertEquals(0, VideoWriteTest.sorted(locked).length);
    }

    @Test
    void neverReplacesWhatIsNoFile() throws IOException {
        Video video = Clips.moving(1, 16, 16, 24);
        Path taken = Files.createDirectory(directory.resolve("taken.png"));
        String message =
                assertThrows(VideoException.class, () -> video.write(taken)).getMessage();
        assertTrue(message.endsWith("it exists and is no regular file; give another target"), message);
        Path frames = Files.createDirectory(directory.resolve("frames"));
        Files.createFile(frames.resolve("mine.txt"));
        assertThrows(VideoException.class, () -> video.write(frames));
        assertArrayEquals(new String[] {"mine.txt"}, VideoWriteTest.sorted(frames));
        Path link = Files.createSymbolicLink(directory.resolve("link.png"), directory.resolve("real.png"));
        assertThrows(VideoException.class, () -> video.write(link));
        Files.createFile(directory.resolve("real.png"));
        video.write(link);
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(16, Image.read(directory.resolve("real.png")).width());
    }

    @Test
    void badMetadataLeavesNothing() {
        Video video = Clips.moving(1, 16, 16, 24).withMetadata(Map.of("", "x"));
        assertThrows(VideoException.class, () -> video.write(directory.resolve("out.png")));
        assertThrows(VideoException.class, () -> video.write(directory.resolve("out")));
        assertEquals(0, VideoWriteTest.sorted(directory).length);
    }

    private static Video noise() {
        Random random = new Random(3);
        float[] pixels = new float[4 * 128 * 128 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat() * 2 - 1;
        }
        return Video.ofFloats(pixels, 128, 128, 24);
    }
}
