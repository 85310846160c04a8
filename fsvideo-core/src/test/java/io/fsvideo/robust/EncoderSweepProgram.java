package io.fsvideo.robust;

import io.fsvideo.media.Video;
import io.fsvideo.media.VideoException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;

/**
 * Writes one MP4 over and over, each time with another of FFmpeg's allocations refused by {@code refuse.cpp}, which must be preloaded. Prints
 * how many there are, and how many writes failed as they should.
 */
final class EncoderSweepProgram {
    private static final int FRAMES = 9;
    private static final int HEIGHT = 144;
    private static final int WIDTH = 192;
    private static final long ARM = 1L << 60;
    private static final long COUNT = (1L << 61) - 1;
    private static final long NEVER = 1L << 50;

    private EncoderSweepProgram() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Path target = folder.resolve("clip.mp4");
        Video video = clip();
        video.writeMp4(target);
        byte[] right = Files.readAllBytes(target);
        Pointer.malloc(ARM + NEVER);
        video.writeMp4(target);
        long allocations = Pointer.malloc(COUNT).address();
        int typed = 0;
        int unharmed = 0;
        for (long n = 1; n <= allocations; n++) {
            Pointer.malloc(ARM + n);
            try {
                video.writeMp4(target);
                unharmed++;
            } catch (VideoException e) {
                typed++;
            }
            Pointer.malloc(ARM + NEVER);
            require(Arrays.equals(right, Files.readAllBytes(target)), "the clip is as it was", n);
            require(names(folder).equals(List.of("clip.mp4")), "nothing lies beside it", n);
            require(open(folder).isEmpty(), "no file stays open", n);
        }
        video.writeMp4(target);
        require(Arrays.equals(right, Files.readAllBytes(target)), "the next clip is right", allocations);
        System.out.println(allocations + " " + typed + " " + unharmed);
    }

    private static void require(boolean holds, String rule, long n) {
        if (!holds) {
            throw new AssertionError(rule + ", after allocation " + n);
        }
    }

    private static Video clip() {
        float[] noise = new float[FRAMES * HEIGHT * WIDTH * 3];
        Random random = new Random(1);
        for (int i = 0; i < noise.length; i++) {
            noise[i] = 2 * random.nextFloat() - 1;
        }
        return Video.ofFloats(noise, HEIGHT, WIDTH, 12);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Files of the folder that this process has open; the JVM opens others as it likes. */
    private static List<String> open(Path folder) throws IOException {
        List<String> open = new ArrayList<>();
        for (File descriptor : new File("/proc/self/fd").listFiles()) {
            try {
                String target = Files.readSymbolicLink(descriptor.toPath()).toString();
                if (target.startsWith(folder.toRealPath() + "/")) {
                    open.add(target);
                }
            } catch (NoSuchFileException closedMeanwhile) {
                // Not one that stays.
            }
        }
        return open;
    }
}
