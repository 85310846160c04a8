package io.fsvideo.weightstools;

import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.diff.Difference;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** How far two checkpoints are from each other. */
@Command(
        name = "diff",
        description = {
            "Compare two checkpoints value by value, whatever their types, prefixes and numbers of files.",
            "Prints the tensors that differ, largest difference first: greatest absolute difference, the same relative to the",
            "first's largest value, and how many values differ. Fails when a tensor is beyond both tolerances."
        },
        footer = {"", "Example:", "  fsvideo weights diff models/demo/transformer models/demo/refiner --rtol 0.01"})
final class DiffCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "FIRST",
            description = "A safetensors, GGUF or .pth file, folder of shards or model directory.")
    private Path first;

    @Parameters(index = "1", paramLabel = "SECOND", description = "Likewise.")
    private Path second;

    @Option(
            names = "--atol",
            defaultValue = "0",
            description = "Absolute difference allowed (default: ${DEFAULT-VALUE}).")
    private double absolute;

    @Option(
            names = "--rtol",
            defaultValue = "0",
            description = "Relative difference allowed (default: ${DEFAULT-VALUE}).")
    private double relative;

    @Override
    public Integer call() {
        List<Difference> all = differences();
        List<Difference> beyond = all.stream()
                .filter(difference -> !difference.isWithin(absolute, relative))
                .toList();
        PrintWriter out = spec.commandLine().getOut();
        out.println(String.format(Locale.ROOT, "%-60s %12s %12s %14s", "tensor", "absolute", "relative", "unequal"));
        all.stream()
                .filter(difference -> !difference.isWithin(0, 0))
                .sorted(Comparator.comparingDouble(Difference::greatest).reversed())
                .forEach(out::println);
        long equal =
                all.stream().filter(difference -> difference.isWithin(0, 0)).count();
        out.println(equal + " of " + all.size() + " tensors are equal, " + beyond.size() + " beyond the tolerances");
        if (!beyond.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("error: diff: " + first + " and " + second + " must agree, got " + beyond.size()
                            + " tensors that do not, the first " + beyond.get(0).name());
        }
        return beyond.isEmpty() ? 0 : 1;
    }

    private List<Difference> differences() {
        try (Checkpoint a = Source.openAny(first);
                Checkpoint b = Source.openAny(second);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, a, b);
            line.show("diff", 0, a.tensors().size());
            return Difference.between(a, b, (done, tensors) -> line.show("diff", done, tensors));
        }
    }
}
