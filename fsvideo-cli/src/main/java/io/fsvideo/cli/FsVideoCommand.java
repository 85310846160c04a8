package io.fsvideo.cli;

import io.fsvideo.Version;
import io.fsvideo.tensor.FsVideoException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a command: help and version. */
@Command(
        name = "fsvideo",
        mixinStandardHelpOptions = true,
        versionProvider = FsVideoCommand.LibraryVersion.class,
        scope = ScopeType.INHERIT,
        usageHelpWidth = 110,
        subcommands = {
            GenerateCommand.class,
            DecodeCommand.class,
            BatchCommand.class,
            PlanCommand.class,
            ParallelCommand.class,
            CheckCommand.class
        },
        description =
                "Make a short video from an image, a prompt or both. Without --model, models/demo makes it: a small trained model.",
        footer = {"", "Example:", "  fsvideo generate --image examples/coffee.jpg --out out.mp4"})
final class FsVideoCommand implements Runnable {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack trace of an error.")
    private boolean verbose;

    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        FsVideoCommand root = new FsVideoCommand();
        CommandLine commandLine = new CommandLine(root);
        ModuleCommands.addTo(commandLine);
        return commandLine
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(FsVideoCommand::usage)
                .setExecutionExceptionHandler(root::failed);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    private static int usage(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        command.getErr().println("error: " + oneLine(e.getMessage()).replaceFirst("^Error: ", ""));
        command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return USAGE;
    }

    private int failed(Exception e, CommandLine command, ParseResult result) {
        String message = e instanceof FsVideoException ? e.getMessage() : e + "; this is a defect of fsvideo";
        command.getErr().println("error: " + oneLine(message));
        if (verbose) {
            e.printStackTrace(command.getErr());
        }
        return FAILED;
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    /** The library's. */
    static final class LibraryVersion implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fsvideo " + Version.TEXT};
        }
    }
}
