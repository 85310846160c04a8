package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class UsageTest {
    @Test
    void helpOfEveryCommandHasAnExampleThatIsLegal() {
        List<String> names = CommandHelp.requireLegalExamples();
        assertEquals(
                "[fsvideo, fsvideo generate, fsvideo decode, fsvideo batch, fsvideo plan, fsvideo parallel, fsvideo check, fsvideo"
                        + " serve, fsvideo weights, fsvideo demo, fsvideo bench]",
                names.toString());
    }

    @Test
    void commandsOfMissingModulesSayWhatIsMissing() {
        String message =
                "error: weights: class path must have io.fsvideo:weights-tools, got none; start with the script"
                        + " ./fsvideo, which builds it, or add its jar\n";
        assertEquals(new CommandRun(1, "", message), CommandRun.of("weights", "init", "--config", "tiny"));
        assertEquals(new CommandRun(1, "", message), CommandRun.of("weights"));
        assertTrue(CommandRun.of("bench", "linear", "--bogus").err().contains("io.fsvideo:fsvideo-bench"));
        assertTrue(CommandRun.of("--help").out().contains("Make, convert, inspect and merge weights. The module"));
    }

    @Test
    void helpAndVersionSucceed() {
        CommandRun help = CommandRun.of("--help");
        assertEquals(0, help.exitCode());
        assertTrue(help.out().startsWith("Usage: fsvideo "), help.out());
        assertEquals(0, CommandRun.of("weights", "--help").exitCode());
        CommandRun version = CommandRun.of("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.out().matches("fsvideo \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R"), version.out());
    }

    /** What Java makes of letters that the locale does not know, as POSIX knows none beyond ASCII. */
    @Test
    void argumentsThatTheLocaleLostAreRefused() {
        CommandRun run = CommandRun.of("generate", "--prompt", "caf\ufffd");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("error: argument 3 must be text that Java can read"), run.err());
        assertTrue(run.err().contains("LC_ALL=C.UTF-8"), run.err());
    }

    @Test
    void wrongUsageIsTwo() {
        assertUsage("error: Missing command\nTry 'fsvideo --help'.\n");
        assertUsage("error: Unknown option: '--bogus'\nTry 'fsvideo check --help'.\n", "check", "x", "--bogus");
        assertUsage("error: Missing required parameter: 'DIRECTORY'\nTry 'fsvideo check --help'.\n", "check");
    }

    private static void assertUsage(String message, Object... arguments) {
        assertEquals(new CommandRun(2, "", message), CommandRun.of(arguments));
    }

    @Test
    void failureIsOneLineAndItsStackTraceIsOnRequest() {
        CommandRun run = CommandRun.of("check", "x", "--backend", "abacus");
        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("error: backend: name must be one of ["), run.err());
        assertEquals(1, run.err().lines().count());
        CommandRun verbose = CommandRun.of("check", "x", "--backend", "abacus", "--verbose");
        assertTrue(verbose.err().contains("\tat io.fsvideo.tensor.Backend.open"), verbose.err());
        CommandRun threads = CommandRun.of("check", "x", "--threads", "0");
        assertEquals(1, threads.exitCode());
        assertTrue(threads.err().contains("threads and memoryLimit must be >= 1, got 0"), threads.err());
    }
}
