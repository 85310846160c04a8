package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Signals to a command's process, when it has come far enough, and what it leaves behind. */
public final class Signals {
    private Signals() {}

    /** What to wait for. */
    public interface Condition {
        boolean holds() throws IOException;
    }

    /** Waits at most a minute. */
    public static void await(Condition condition) throws IOException, InterruptedException {
        for (int i = 0; i < 600 && !condition.holds(); i++) {
            Thread.sleep(100);
        }
        assertTrue(condition.holds(), "within a minute");
    }

    /** @param name as {@code kill} takes it: TERM, INT */
    public static void send(Running running, String name) throws IOException, InterruptedException {
        String id = String.valueOf(running.process().pid());
        assertEquals(0, new ProcessBuilder("kill", "-" + name, id).start().waitFor());
    }

    /** Names of what is in a folder, sorted. */
    public static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** Whether children of this process ignore SIGINT. */
    public static boolean interruptIsIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> line.substring("SigIgn:".length()).strip())
                .findFirst()
                .orElseThrow();
        return (Long.parseUnsignedLong(ignored, 16) & 2) != 0;
    }
}
