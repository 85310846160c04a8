package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsInitCommandTest {
    @TempDir
    Path folder;

    private static CommandRun init(String config, int seed, Path out) {
        return CommandRun.onReference("weights", "init", "--config", config, "--seed", seed, "--out", out);
    }

    @Test
    void sameSeedSameBytes() throws IOException {
        assertEquals(0, init("fsae-tiny", 7, folder.resolve("a")).exitCode());
        assertEquals(0, init("fsae-tiny", 7, folder.resolve("deep/er/b")).exitCode());
        assertEquals(0, init("fsae-tiny", 8, folder.resolve("c")).exitCode());
        Map<String, Integer> a = hashes(folder.resolve("a"));
        assertEquals(a, hashes(folder.resolve("deep/er/b")));
        assertEquals(
                "[config.json, fsvideo-init.json, model.safetensors]",
                a.keySet().toString());
        assertFalse(
                a.get("model.safetensors").equals(hashes(folder.resolve("c")).get("model.safetensors")));
    }

    @Test
    void secondTimeIsNoWorkAndOtherContentsAreRefused() throws IOException {
        Path out = folder.resolve("model");
        assertTrue(init("fsae-tiny", 7, out).out().startsWith("wrote " + out), "first time");
        CommandRun again = init("fsae-tiny", 7, out);
        assertEquals(0, again.exitCode());
        assertTrue(again.out().startsWith("already there: " + out), again.out());
        CommandRun other = init("fsae-tiny", 8, out);
        assertEquals(1, other.exitCode());
        assertEquals(
                "error: weights init: target must be a new or empty directory, got " + out
                        + ", which holds something else; remove it or choose another\n",
                other.err());
        Path file = Files.writeString(folder.resolve("file"), "mine");
        assertEquals(1, init("fsae-tiny", 7, file).exitCode());
        assertEquals("mine", Files.readString(file));
        assertNothingElseThan("file", "model");
    }

    @Test
    void emptyDirectoryIsFilled() throws IOException {
        Path out = Files.createDirectory(folder.resolve("empty"));
        assertEquals(0, init("fsae-tiny", 7, out).exitCode());
        assertTrue(Files.exists(out.resolve("model.safetensors")));
    }

    @Test
    void failuresLeaveNothing() throws IOException {
        CommandRun unknown = init("fsvideo-900b", 7, folder.resolve("out"));
        assertEquals(1, unknown.exitCode());
        assertTrue(unknown.err().startsWith("error: model: config must be one of ["), unknown.err());
        Path file = Files.writeString(folder.resolve("file"), "mine");
        CommandRun below = init("fsae-tiny", 7, file.resolve("out"));
        assertEquals(1, below.exitCode());
        assertTrue(below.err().startsWith("error: weights init: target must be writable, got " + file), below.err());
        assertNothingElseThan("file");
    }

    @Test
    void interruptLeavesNothing() throws IOException {
        Thread.currentThread().interrupt();
        CommandRun run = init("fsae-tiny", 7, folder.resolve("out"));
        assertTrue(Thread.interrupted(), "the interrupt is kept");
        assertEquals(1, run.exitCode());
        assertNothingElseThan();
    }

    private void assertNothingElseThan(String... names) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(
                    Arrays.asList(names),
                    left.map(path -> path.getFileName().toString()).sorted().toList());
        }
    }

    private static Map<String, Integer> hashes(Path directory) throws IOException {
        Map<String, Integer> hashes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                hashes.put(directory.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return hashes;
    }
}
