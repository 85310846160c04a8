package io.fsvideo.weightstools;

import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.family.ModelInit;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Random weights of any configuration. */
@Command(
        name = "init",
        description = {
            "Write a model directory with random, untrained weights: the same bytes for the same seed.",
            "Nothing happens when the directory is there already with this configuration and seed."
        },
        footer = {"", "Example:", "  fsvideo weights init --config tiny --seed 0 --out models/tiny"})
final class WeightsInitCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendArguments backendArguments;

    @Option(
            names = "--config",
            required = true,
            completionCandidates = Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String config;

    @Option(
            names = "--layer-memory",
            paramLabel = "NAME",
            description =
                    "Layer memory of a whole model's transformers, as in their config.json (default: the configuration's).")
    private String layerMemory;

    @Option(names = "--seed", defaultValue = "0", description = "Any integer (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    /** The choices that the help text lists. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(ModelInit.names());
        }
    }

    @Override
    public Integer call() {
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open()) {
            boolean made = layerMemory == null
                    ? ModelInit.write(config, seed, out, backend)
                    : ModelInit.write(config, layerMemory, seed, out, backend);
            String what = " (random weights of " + config + ", seed " + seed + ")";
            spec.commandLine().getOut().println((made ? "wrote " : "already there: ") + out + what);
            return 0;
        }
    }
}
