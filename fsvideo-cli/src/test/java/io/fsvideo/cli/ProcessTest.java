package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a user runs it. */
class ProcessTest {
    private static final String IMAGE =
            Path.of("../examples/coffee.jpg").toAbsolutePath().normalize().toString();
    private static final Path GOLDEN =
            Path.of("../fsvideo-core/src/test/resources/golden/sampler").toAbsolutePath();

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
    void signalWhileGeneratingLeavesNothing() throws IOException, InterruptedException {
        Running running = new JavaProcess()
                .start(folder, Main.class, "generate", "--image", IMAGE, "--steps", "1000", "--out", "out.mp4");
        Signals.await(() -> Files.readString(running.err()).contains("base "));
        Signals.send(running, "TERM");
        Outcome stopped = running.await();
        assertEquals(143, stopped.exitCode(), stopped.err());
        assertTrue(stopped.err().endsWith("cancelled, nothing was written\n"), stopped.err());
        assertEquals(List.of("models"), Signals.files(folder));
    }

    @Test
    void defaultModelIsMadeOnFirstUse() throws IOException {
        String[] generate = {
            "generate",
            "--image",
            IMAGE,
            "--size",
            "128x128",
            "--frames",
            "1",
            "--steps",
            "1",
            "--seed",
            "0",
            "--out",
            "out.mp4"
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
        assertEquals(List.of("models", "out.mp4"), Signals.files(folder));
    }
}
