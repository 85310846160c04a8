package io.fsvideo.weightstools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about weights. */
@Command(
        name = "weights",
        subcommands = {
            WeightsInitCommand.class,
            ConvertCommand.class,
            ManifestCommand.class,
            SplitCommand.class,
            ShardCommand.class,
            MergeCommand.class,
            QuantizeCommand.class,
            LoraCommand.class,
            InspectCommand.class,
            DiffCommand.class,
            WeightsCheckCommand.class
        },
        description = "Make and examine model directories and checkpoints.",
        footer = {"", "Example:", "  fsvideo weights init --config tiny --seed 0 --out models/tiny"})
final class WeightsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
