package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class UsageTest {
    @Test
    void helpOfEveryCommandHasAnExampleThatIsLegal() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        List<CommandLine> commands = new ArrayList<>(List.of(FsVideoCommand.commandLine(nowhere, nowhere)));
        for (int i = 0; i < commands.size(); i++) {
            commands.addAll(commands.get(i).getSubcommands().values());
            String help = commands.get(i).getUsageMessage();
            String name = commands.get(i).getCommandSpec().qualifiedName();
            int example = help.indexOf("\nExample:\n  " + name + " ");
            assertTrue(example > 0, help);
            String line = help.substring(example).lines().skip(2).findFirst().orElseThrow();
            commands.get(0).parseArgs(split(line));
        }
        assertEquals(6, commands.size());
    }

    private static String[] split(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line.strip());
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.subList(1, words.size()).toArray(String[]::new);
    }

    @Test
    void helpAndVersionSucceed() {
        CommandRun help = CommandRun.of("--help");
        assertEquals(0, help.exitCode());
        assertTrue(help.out().startsWith("Usage: fsvideo "), help.out());
        assertEquals(0, CommandRun.of("weights", "init", "--help").exitCode());
        CommandRun version = CommandRun.of("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.out().matches("fsvideo \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R"), version.out());
    }

    @Test
    void wrongUsageIsTwo() {
        assertUsage("error: Missing command\nTry 'fsvideo --help'.\n");
        assertUsage("error: Missing command\nTry 'fsvideo weights --help'.\n", "weights");
        assertUsage("error: Unknown option: '--bogus'\nTry 'fsvideo check --help'.\n", "check", "x", "--bogus");
        assertUsage("error: Missing required parameter: 'DIRECTORY'\nTry 'fsvideo check --help'.\n", "check");
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
