package io.fsvideo.cli;

import io.fsvideo.check.CheckReport;
import io.fsvideo.check.CheckReport.Row;
import io.fsvideo.check.GoldenChecks;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds the port against reference runs. */
@Command(
        name = "check",
        description = {
            "Run the models of golden directories and compare every output and intermediate tensor.",
            "Prints the worst error divided by its tolerance per tensor; fails when a quotient is above 1."
        },
        footer = {"", "Example:", "  fsvideo check golden/wan-t2v golden/fsae-standard"})
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendArguments backendArguments;

    @Parameters(
            arity = "1..*",
            paramLabel = "DIRECTORY",
            description = "Holds config.json, io.safetensors and, for models, weights.safetensors.")
    private List<Path> directories;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<String> failures = new ArrayList<>();
        try (Backend backend = backendArguments.open()) {
            for (Path directory : directories) {
                check(directory, backend, out, failures);
            }
        }
        failures.forEach(failure -> spec.commandLine().getErr().println("error: " + failure));
        return failures.isEmpty() ? 0 : 1;
    }

    /** A directory that cannot be run fails; the others are still checked. */
    private static void check(Path directory, Backend backend, PrintWriter out, List<String> failures) {
        try {
            CheckReport report = GoldenChecks.run(directory, backend);
            out.print(report.table());
            out.println((report.passed() ? "PASS " : "FAIL ") + directory);
            if (!report.passed()) {
                String first = report.firstFailure().map(Row::tensor).orElse("nothing was compared");
                failures.add("check: " + directory + " failed, first failing tensor " + first);
            }
        } catch (FsVideoException e) {
            out.println("FAIL " + directory);
            failures.add(e.getMessage());
        }
        out.flush();
    }
}
