package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandHelp;
import io.fsvideo.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WeightsUsageTest {
    @Test
    void helpOfEveryCommandHasAnExampleThatIsLegal() {
        List<String> names = CommandHelp.requireLegalExamples();
        assertTrue(names.containsAll(List.of("fsvideo generate", "fsvideo weights", "fsvideo weights init")));
    }

    /** A section is headed by one command or by several with commas between, and has an example of each. */
    @Test
    void everyCommandHasASectionInTheReadme() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        List<String> headed = readme.lines()
                .filter(line -> line.startsWith("## "))
                .flatMap(line -> Stream.of(line.substring(3).split(", ")))
                .toList();
        for (String name : CommandHelp.requireLegalExamples()) {
            if (name.startsWith("fsvideo weights ")) {
                String command = name.substring("fsvideo weights ".length());
                assertTrue(headed.contains(command), "no section of " + command);
                assertTrue(readme.contains("`./fsvideo weights " + command + " "), "no example of " + command);
            }
        }
    }

    @Test
    void wrongUsageIsTwo() {
        assertUsage("error: Missing command\nTry 'fsvideo weights --help'.\n", "weights");
        assertUsage(
                "error: Missing required option: '--out=DIR'\nTry 'fsvideo weights init --help'.\n",
                "weights",
                "init",
                "--config",
                "tiny");
    }

    private static void assertUsage(String message, Object... arguments) {
        assertEquals(new CommandRun(2, "", message), CommandRun.of(arguments));
    }
}
