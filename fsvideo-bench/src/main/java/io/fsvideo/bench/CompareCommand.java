package io.fsvideo.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Two runs side by side. */
@Command(
        name = "compare",
        description = {
            "Compare two runs of the same benches: the ratio of the medians with a 99 % bootstrap interval.",
            "Fails when a bench of the first run is slower in the second beyond noise, or missing there."
        },
        footer = {"", "Example:", "  fsvideo bench compare before.json after.json"})
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "BEFORE", description = "JSON of the first run.")
    private Path before;

    @Parameters(index = "1", paramLabel = "AFTER", description = "JSON of the second run.")
    private Path after;

    @Option(
            names = "--least",
            defaultValue = "0.03",
            description = "Share of the rate below which a change is none (default: ${DEFAULT-VALUE}).")
    private double least;

    @Override
    public Integer call() {
        Map<String, double[]> first = Results.rates(before);
        Map<String, double[]> second = Results.rates(after);
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Change> changes = new TreeMap<>();
        first.forEach((name, rates) -> {
            if (second.containsKey(name)) {
                changes.put(name, Change.between(rates, second.get(name), least));
            }
        });
        changes.forEach((name, change) -> out.println(change + "  " + name));
        List<String> missing = first.keySet().stream()
                .filter(name -> !second.containsKey(name))
                .toList();
        missing.forEach(name -> out.println("missing                         " + name));
        long slower = changes.values().stream()
                .filter(change -> change.verdict() == Change.Verdict.SLOWER)
                .count();
        if (slower + missing.size() > 0) {
            spec.commandLine()
                    .getErr()
                    .println("error: compare: " + after + " must be as fast as " + before + " everywhere, got " + slower
                            + " slower and " + missing.size() + " missing of " + first.size());
            return 1;
        }
        return 0;
    }
}
