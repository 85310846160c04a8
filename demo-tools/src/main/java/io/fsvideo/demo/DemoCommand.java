package io.fsvideo.demo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about the demo model: numbers and pictures of what it makes. */
@Command(
        name = "demo",
        subcommands = {EvaluateCommand.class, SheetCommand.class},
        description = "Measure and show what the demo model makes of pictures that its training has not seen.",
        footer = {"", "Example:", "  fsvideo demo evaluate models/demo"})
final class DemoCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
