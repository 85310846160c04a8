package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fsvideo.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results have names as long as a file system takes, and what killed runs left beside them goes after a day. */
class LongNamesTest {
    private static final int LONGEST = 255;

    @TempDir
    Path folder;

    private Path named(String start, String end) {
        return folder.resolve(start + "n".repeat(LONGEST - start.length() - end.length()) + end);
    }

    private static void run(Object... arguments) {
        CommandRun run = CommandRun.of(arguments);
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void everyCommandWritesNamesOfTheGreatestLength() throws IOException {
        Path killed = Files.createDirectory(folder.resolve(".fsvideo-killed.tmp"));
        Files.setLastModifiedTime(killed, FileTime.fromMillis(1));
        Path model = named("model", "");
        run("weights", "init", "--config", "tiny-wan-t2v", "--out", model);
        assertFalse(Files.exists(killed));
        Path transformer = model.resolve("transformer");
        run("weights", "inspect", transformer, "--json", named("report", ".json"));
        run("weights", "split", transformer, "--max-size", "1MB", "--out", named("split", ""));
        run("weights", "quantize", transformer, "--type", "bf16", "--out", named("bf16", ""));
        try (Stream<Path> entries = Files.list(folder)) {
            assertEquals(4, entries.count());
        }
    }
}
