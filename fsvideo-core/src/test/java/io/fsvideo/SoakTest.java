package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Many requests in one JVM leave nothing behind. In a process of its own whose heap is touched from the start and whose compiler keeps
 * little (the second one's memory comes and goes for minutes), so that the resident set moves with this library's native memory.
 */
class SoakTest {
    private static final int CALLS = 200;
    private static final int WARM = 10;

    /** The process: model directory to "native bytes resident bytes" after every call. */
    static final class Run {
        private Run() {}

        public static void main(String[] arguments) throws IOException {
            try (FsVideo fs = FsVideo.open(Path.of(arguments[0]))) {
                for (int i = 1; i <= CALLS; i++) {
                    fs.generate(SmallModel.request().withSeed(i));
                    System.out.println(fs.bytesInUse() + " " + residentBytes());
                }
            }
        }

        private static long residentBytes() throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
            throw new IOException("/proc/self/status must have VmRSS");
        }
    }

    @Test
    void twoHundredGenerationsKeepMemoryFlat() {
        Outcome outcome = new JavaProcess()
                .option("-Xms192m")
                .option("-Xmx192m")
                .option("-XX:+UseSerialGC")
                .option("-XX:+AlwaysPreTouch")
                .option("-XX:TieredStopAtLevel=1")
                .run(Path.of("."), Run.class, SmallModel.directory().toString());
        assertEquals(0, outcome.exitCode(), outcome.err());
        List<long[]> calls = outcome.out()
                .lines()
                .map(line -> line.split(" "))
                .map(words -> new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])})
                .toList();
        assertEquals(CALLS, calls.size());
        assertEquals(1, calls.stream().mapToLong(call -> call[0]).distinct().count(), "native bytes after each call");
        long warm = calls.get(WARM - 1)[1];
        long most = calls.stream().skip(WARM).mapToLong(call -> call[1]).max().orElseThrow();
        assertTrue(most <= warm * 1.05, "resident bytes after call " + WARM + ": " + warm + ", later up to " + most);
    }
}
