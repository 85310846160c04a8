package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.fsvideo.media.Video;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** One seed, one video: in one process, in two, on any number of threads. */
class SameBitsTest {
    /** The process: model directory, threads and seed to a digest of all frames. */
    static final class Run {
        private Run() {}

        public static void main(String[] arguments) {
            Path model = Path.of(arguments[0]);
            System.out.println(digest(model, Integer.parseInt(arguments[1]), Long.parseLong(arguments[2])));
        }
    }

    static String digest(Path model, int threads, long seed) {
        try (FsVideo fs = FsVideo.open(model, OpenOptions.defaults().withThreads(threads))) {
            return digest(fs.generate(SmallModel.request().withSeed(seed)).video());
        }
    }

    private static String digest(Video video) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < video.frames(); i++) {
                sha.update(video.frame(i));
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String inAnotherProcess(int threads, long seed) {
        Outcome outcome = new JavaProcess()
                .run(
                        Path.of("."),
                        Run.class,
                        SmallModel.directory().toString(),
                        Integer.toString(threads),
                        Long.toString(seed));
        assertEquals(0, outcome.exitCode(), outcome.err());
        return outcome.out().strip();
    }

    @Test
    void inTwoProcessesWithOneAndTwoThreads() {
        String here = digest(SmallModel.directory(), 1, 7);
        assertEquals(here, inAnotherProcess(1, 7));
        assertEquals(here, inAnotherProcess(2, 7));
        assertNotEquals(here, inAnotherProcess(2, 8));
    }

    @Test
    void onEightThreads() {
        assertEquals(digest(SmallModel.directory(), 1, 3), digest(SmallModel.directory(), 8, 3));
    }
}
