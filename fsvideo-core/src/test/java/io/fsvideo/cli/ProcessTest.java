package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a user runs it. */
class ProcessTest {
    private static final String IMAGE =
            Path.of("../examples/coffee.jpg").toAbsolutePath().normalize().toString();
    private static final Path GOLDEN =
            Path.of("src/test/resources/golden/sampler").toAbsolutePath();

    @TempDir
    Path folder;

    private Outcome run(String... arguments) {
        return new JavaProcess().run(folder, Main.class, arguments);
    }

    @Test
    void exitCodes() {
        Outcome passed = run("check", GOLDEN.toString());
        assertEquals(0, passed.exitCode(), passed.err());
        assertEquals("", passed.err());
        Outcome failed = run("check", "none");
        assertEquals(1, failed.exitCode());
        assertTrue(failed.err().startsWith("error: golden: none must hold config.json"), failed.err());
        assertEquals(1, failed.err().lines().count(), failed.err());
        assertEquals(2, run("check").exitCode());
        assertEquals(0, run("generate", "--help").exitCode());
    }

    @Test
    void withoutPicocliTheArtifactIsNamed() {
        Outcome outcome = new JavaProcess().without("picocli").run(folder, Main.class, "--help");
        assertEquals(1, outcome.exitCode());
        assertTrue(outcome.err().contains("info.picocli:picocli"), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void signalWhileWritingWeightsLeavesNothing() throws IOException, InterruptedException {
        assertStopped("TERM", 143);
        assumeFalse(interruptIsIgnored(), "started in the background, where SIGINT is ignored");
        assertStopped("INT", 130);
    }

    private void assertStopped(String signal, int exitCode) throws IOException, InterruptedException {
        Running running = new JavaProcess()
                .start(folder, Main.class, "weights", "init", "--config", "fsae-standard", "--out", "model");
        await(() -> files().stream().anyMatch(name -> name.endsWith(".part")));
        assertEquals(
                0,
                new ProcessBuilder(
                                "kill",
                                "-" + signal,
                                String.valueOf(running.process().pid()))
                        .start()
                        .waitFor());
        assertEquals(exitCode, running.await().exitCode());
        assertEquals(List.of(), files());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void signalWhileGeneratingLeavesNothing() throws IOException, InterruptedException {
        assertEquals(
                0,
                run("weights", "init", "--config", "tiny", "--out", "models/tiny")
                        .exitCode());
        Running running = new JavaProcess()
                .start(folder, Main.class, "generate", "--image", IMAGE, "--steps", "1000", "--out", "out.mp4");
        await(() -> Files.readString(running.err()).contains("base "));
        signal(running, "TERM");
        Outcome stopped = running.await();
        assertEquals(143, stopped.exitCode(), stopped.err());
        assertTrue(stopped.err().endsWith("cancelled, nothing was written\n"), stopped.err());
        assertEquals(List.of("models"), files());
    }

    @Test
    void defaultModelIsMadeOnFirstUse() throws IOException {
        String[] generate = {
            "generate", "--image", IMAGE, "--size", "128x128", "--frames", "1", "--steps", "1", "--out", "out.mp4"
        };
        Outcome first = run(generate);
        assertEquals(0, first.exitCode(), first.err());
        String news = "made models/tiny with random, untrained weights, as 'weights init --config tiny --seed 0 --out"
                + " models/tiny' does";
        assertEquals(news, first.err().lines().findFirst().orElseThrow());
        byte[] video = Files.readAllBytes(folder.resolve("out.mp4"));
        Outcome second = run(generate);
        assertFalse(second.err().contains("made "), second.err());
        assertArrayEquals(video, Files.readAllBytes(folder.resolve("out.mp4")), "two processes, same bits");
        assertEquals(List.of("models", "out.mp4"), files());
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        for (int i = 0; i < 600 && !condition.holds(); i++) {
            Thread.sleep(100);
        }
        assertTrue(condition.holds(), "within a minute");
    }

    private static void signal(Running running, String name) throws IOException, InterruptedException {
        String id = String.valueOf(running.process().pid());
        assertEquals(0, new ProcessBuilder("kill", "-" + name, id).start().waitFor());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static boolean interruptIsIgnored() throws IOException {
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
