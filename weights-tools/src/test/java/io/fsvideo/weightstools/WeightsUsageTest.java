package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandHelp;
import io.fsvideo.cli.CommandRun;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightsUsageTest {
    @Test
    void helpOfEveryCommandHasAnExampleThatIsLegal() {
        List<String> names = CommandHelp.requireLegalExamples();
        assertTrue(names.containsAll(List.of("fsvideo generate", "fsvideo weights", "fsvideo weights init")));
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
