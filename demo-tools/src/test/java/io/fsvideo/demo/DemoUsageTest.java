package io.fsvideo.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandHelp;
import io.fsvideo.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DemoUsageTest {
    @Test
    void everyCommandHasALegalExampleAndASectionInTheReadme() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (String name : CommandHelp.requireLegalExamples()) {
            if (name.startsWith("fsvideo demo ")) {
                String command = name.substring("fsvideo demo ".length());
                assertTrue(readme.contains("\n## " + command + "\n"), "no section of " + command);
                assertTrue(readme.contains("`./fsvideo demo " + command + " "), "no example of " + command);
            }
        }
    }

    @Test
    void aMissingCommandIsWrongUsage() {
        String message = "error: Missing command\nTry 'fsvideo demo --help'.\n";
        assertEquals(new CommandRun(2, "", message), CommandRun.of("demo"));
    }
}
