package io.fsvideo.weightstools;

import io.fsvideo.check.CheckReport;
import io.fsvideo.check.GoldenChecks;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.Checksums;
import io.fsvideo.weightstools.inspect.Inspection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Whether weights are sound. */
@Command(
        name = "check",
        description = {
            "Check model directories: configurations, names and shapes of all parameters, every value finite.",
            "Files that a SHA256SUMS names are held against it first.",
            "A directory with io.safetensors is a golden: its model is run and every output compared."
        },
        footer = {"", "Example:", "  fsvideo weights check models/demo"})
final class WeightsCheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendArguments backendArguments;

    @Parameters(arity = "1..*", paramLabel = "DIRECTORY", description = "Model directories and goldens.")
    private List<Path> directories;

    @Override
    public Integer call() {
        List<String> failures = new ArrayList<>();
        try (Backend backend = backendArguments.open()) {
            for (Path directory : directories) {
                check(directory, backend, failures);
            }
        }
        failures.forEach(failure -> spec.commandLine().getErr().println("error: " + failure));
        return failures.isEmpty() ? 0 : 1;
    }

    /** A directory that cannot be checked fails; the others are still checked. */
    private void check(Path directory, Backend backend, List<String> failures) {
        String verdict = "PASS ";
        try {
            if (Files.exists(directory.resolve("io.safetensors"))) {
                checkGolden(directory, backend);
            } else {
                checkModel(directory, backend);
            }
        } catch (FsVideoException e) {
            verdict = "FAIL ";
            failures.add(e.getMessage());
        }
        spec.commandLine().getOut().println(verdict + directory);
    }

    private void checkGolden(Path directory, Backend backend) {
        CheckReport report = GoldenChecks.run(directory, backend);
        spec.commandLine().getOut().print(report.table());
        if (!report.passed()) {
            throw new FsVideoException("check: " + directory + " must give the golden's numbers, got the table above");
        }
    }

    private void checkModel(Path directory, Backend backend) {
        try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            for (Path folder : Checkpoint.partFolders(directory)) {
                Checksums.verify(folder, (done, all) -> line.show("checksums", done, all));
            }
        }
        ModelDirectory.open(directory).requireFittingWeights(backend);
        try (Checkpoint checkpoint = Checkpoint.asStored(directory);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            line.show("values", 0, checkpoint.tensors().size());
            List<String> bad = Inspection.of(
                            checkpoint, () -> Checkpoint.open(directory), (done, all) -> line.show("values", done, all))
                    .notFinite();
            if (!bad.isEmpty()) {
                throw new WeightsException(
                        "check: values of " + directory + " must be finite, got NaN or infinite ones in " + bad);
            }
        }
    }
}
