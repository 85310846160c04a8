package io.fsvideo.weightstools;

import io.fsvideo.cli.BackendArguments;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a checkpoint has to hold. */
@Command(
        name = "manifest",
        description = {
            "Print names and shapes of every parameter that a configuration reads, part by part, with their number.",
            "{0..29} stands for each of the numbers. Nothing is allocated."
        },
        footer = {"", "Example:", "  fsvideo weights manifest --config wan21-t2v-14b"})
final class ManifestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--config",
            required = true,
            completionCandidates = WeightsInitCommand.Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String config;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Backend backend = backendArguments.open()) {
            for (ModelPart part : ModelFamily.parts(config)) {
                part.manifest(backend).forEach(out::println);
            }
        }
        out.flush();
        return 0;
    }
}
