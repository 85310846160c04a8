package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    private static final Path GOOD = Path.of("../fsvideo-core/src/test/resources/golden/sampler");

    @TempDir
    Path folder;

    @Test
    void goodGoldenPasses() {
        CommandRun run = CommandRun.onReference("check", GOOD);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().endsWith("PASS " + GOOD + System.lineSeparator()), run.out());
        assertEquals("", run.err());
    }

    @Test
    void firstFailingTensorIsNamedAndTheOtherDirectoriesAreStillChecked() throws IOException {
        Path broken = copyWithZeroTolerance();
        CommandRun run = CommandRun.onReference("check", broken, folder.resolve("none"), GOOD);
        assertEquals(1, run.exitCode());
        assertTrue(run.out().contains("FAIL " + broken), run.out());
        assertTrue(run.out().contains("FAIL " + folder.resolve("none")), run.out());
        assertTrue(run.out().contains("PASS " + GOOD), run.out());
        String first = run.err().lines().findFirst().orElseThrow();
        assertTrue(first.matches("error: check: \\Q" + broken + "\\E failed, first failing tensor output\\..+"), first);
        assertEquals(2, run.err().lines().count(), run.err());
    }

    /** Allows nothing where binary32 sums differ from the reference's. */
    private Path copyWithZeroTolerance() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("broken"));
        Files.copy(GOOD.resolve("io.safetensors"), copy.resolve("io.safetensors"));
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) mapper.readTree(GOOD.resolve("config.json").toFile());
        config.withObject("tolerance").forEach(entry -> ((ObjectNode) entry).put("abs", 0));
        mapper.writeValue(copy.resolve("config.json").toFile(), config);
        return copy;
    }
}
