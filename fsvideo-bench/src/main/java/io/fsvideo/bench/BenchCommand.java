package io.fsvideo.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures operations. */
@Command(
        name = "bench",
        subcommands = {CompareCommand.class, ReportCommand.class, StepCommand.class, DecodeCommand.class},
        description = {
            "Measure operations: calls, GB and TFLOP per second at the shapes the models use.",
            "Adds to the JSON of JMH that is kept in a folder, and writes a report with charts from it."
        },
        footer = {
            "",
            "Examples:",
            "  fsvideo bench norm --shapes '^small'",
            "  fsvideo bench --backend cuda:0 --dtypes BF16 --shapes '^fsvideo14b'",
            "  fsvideo bench compare before.json after.json"
        })
final class BenchCommand implements Callable<Integer> {
    private static final String FORK_HEAP = "-Xmx4g";
    /** JavaCPP otherwise refuses to allocate once the process is larger than a multiple of its heap. */
    private static final String NATIVE_MEMORY = "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0";

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            defaultValue = "",
            paramLabel = "FILTER",
            description = "Regular expression found in a bench's name (default: all benches).")
    private String filter;

    @Option(names = "--backend", defaultValue = "cpu", description = "Backend (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--shapes",
            defaultValue = "^(small|wan1.3b|fsae)",
            description = "Regular expression found in a shape (default: ${DEFAULT-VALUE}).")
    private Pattern shapes;

    @Option(
            names = "--ceilings",
            defaultValue = "^ceiling:",
            description = "Shapes of the two ceilings (default: ${DEFAULT-VALUE}, for a GPU '^ceiling_gpu').")
    private Pattern ceilings;

    @Option(
            names = "--dtypes",
            split = ",",
            defaultValue = "F32,BF16",
            description = "Types to compute in (default: ${DEFAULT-VALUE}).")
    private List<String> dtypes;

    @Option(names = "--peers", description = "Measure other libraries beside this one, each doing the same work.")
    private boolean peers;

    @Option(names = "--iterations", defaultValue = "10", description = "Measurements (default: ${DEFAULT-VALUE}).")
    private int iterations;

    @Option(names = "--note", description = "Kept with the results, such as what else the machine was doing.")
    private String note;

    @Option(
            names = "--prof",
            paramLabel = "PROFILER",
            description =
                    "A profiler of JMH's with its options, such as gc, stack, perfasm, 'async:output=flamegraph'.")
    private List<String> profiled = List.of();

    @Option(
            names = "--millis",
            defaultValue = "1000",
            description = "Least length of a measurement (default: ${DEFAULT-VALUE}).")
    private int millis;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where the results go (default: fsvideo-bench/results/<backend>).")
    private Path folder;

    @Override
    public Integer call() {
        String device;
        try (Backend opened = Backend.open(backend)) {
            device = opened.description();
        }
        Path target = folder == null ? Path.of("fsvideo-bench", "results", backend.replace(':', '-')) : folder;
        Path parts = target.resolve(Report.PARTS);
        // Before anything runs: of what is measured, not of what may have been saved or committed meanwhile.
        ObjectNode machine = Machine.describe(device, note);
        // After each bench: what is measured stays when a later one fails.
        Consumer<Collection<RunResult>> keep = results -> Results.add(target, results, machine);
        try (Profilers profilers = new Profilers(profiled, target)) {
            ChainedOptionsBuilder options = options(parts);
            profilers.addTo(options);
            new BenchRun(ceilings, dtypes, BenchRun.OURS, options).run("^(Copy|Peak)Bench$", keep);
            Function<String, List<String>> ways = peers ? BenchRun.withPeers(backend) : BenchRun.OURS;
            new BenchRun(shapes, dtypes, ways, options).run(operations(), keep);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("wrote " + target.resolve(Results.FILE));
        Report.write(target).forEach(file -> out.println("wrote " + file));
        return 0;
    }

    /** The user's filter without the ceilings, which always run. */
    private String operations() {
        return "^(?!(Copy|Peak)Bench$)(?=.*(?:" + filter + "))";
    }

    private ChainedOptionsBuilder options(Path parts) {
        return new OptionsBuilder()
                .jvmArgsAppend(
                        FORK_HEAP, NATIVE_MEMORY, "-Dfsvideo.backend=" + backend, "-D" + Parts.FOLDER + "=" + parts)
                .warmupIterations(Math.max(1, iterations / 3))
                .warmupTime(TimeValue.milliseconds(millis))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(millis));
    }
}
