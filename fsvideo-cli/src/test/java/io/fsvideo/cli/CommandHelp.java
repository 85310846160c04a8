package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** Holds the help of every command on the class path to having an example that is legal. */
public final class CommandHelp {
    private CommandHelp() {}

    /** Returns the qualified names of the commands, level by level. */
    public static List<String> requireLegalExamples() {
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
        return commands.stream()
                .map(command -> command.getCommandSpec().qualifiedName())
                .toList();
    }

    private static String[] split(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line.strip());
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.subList(1, words.size()).toArray(String[]::new);
    }
}
