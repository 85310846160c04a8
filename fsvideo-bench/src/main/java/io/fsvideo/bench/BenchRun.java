package io.fsvideo.bench;

import io.fsvideo.tensor.FsVideoException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.ProfilerException;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benches, each at those of its own shapes that are asked for.
 *
 * @param shapes found in a shape's text, e.g. {@code ^tiny}
 * @param dtypes names of compute dtypes
 * @param ways who does the work of a bench, by its name
 */
record BenchRun(
        Pattern shapes, List<String> dtypes, Function<String, List<String>> ways, ChainedOptionsBuilder options) {
    /** This library alone. */
    static final Function<String, List<String>> OURS = bench -> List.of(Peers.OURS);

    /** This library, then every other one on the class path that can do a bench's work. */
    static Function<String, List<String>> withPeers(String backend) {
        return bench -> Stream.concat(Stream.of(Peers.OURS), Peers.ways(bench, backend).stream())
                .toList();
    }

    /** Names of the benches in which {@code filter} is found, sorted. */
    static List<String> names(String filter) {
        return entries(filter).stream().map(BenchRun::name).sorted().toList();
    }

    /**
     * @param finished gets the results of every bench as soon as it ends
     * @throws FsVideoException when no shape of any bench is asked for, or a bench fails
     */
    void run(String filter, Consumer<Collection<RunResult>> finished) {
        boolean any = false;
        for (BenchmarkListEntry entry : entries(filter)) {
            String[] own = entry.getParams().get().get("shape");
            String[] chosen = Arrays.stream(own)
                    .filter(shape -> shapes.matcher(shape).find())
                    .toArray(String[]::new);
            if (chosen.length > 0) {
                finished.accept(run(entry, chosen));
                any = true;
            }
        }
        if (!any) {
            throw new FsVideoException("bench: filter must name a bench with a shape like " + shapes + ", got " + filter
                    + "; benches: " + names(""));
        }
    }

    private List<RunResult> run(BenchmarkListEntry entry, String[] chosen) {
        try {
            return List.copyOf(new Runner(new OptionsBuilder()
                            .parent(options.build())
                            .include("^" + Pattern.quote(entry.getUsername()) + "$")
                            .param("shape", chosen)
                            .param("dtype", dtypes.toArray(new String[0]))
                            .param("via", ways.apply(name(entry)).toArray(new String[0]))
                            .shouldFailOnError(true)
                            .build())
                    .run());
        } catch (RunnerException e) {
            throw new FsVideoException("bench: " + name(entry) + " failed: " + reason(e), e);
        }
    }

    /** JMH hides what a bench threw among the suppressed, and why a profiler is refused among the causes. */
    private static String reason(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof FsVideoException) {
                return t.getMessage();
            }
            if (t instanceof ProfilerException) {
                return "a profiler cannot be used here: " + t.getMessage();
            }
            for (Throwable suppressed : t.getSuppressed()) {
                return reason(suppressed);
            }
        }
        return failure.getMessage();
    }

    static String name(String benchmark) {
        return benchmark.replaceFirst(".*\\.(\\w+)\\.\\w+$", "$1");
    }

    private static String name(BenchmarkListEntry entry) {
        return name(entry.getUsername());
    }

    private static List<BenchmarkListEntry> entries(String filter) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        OutputFormat silent = OutputFormatFactory.createFormatInstance(nowhere, VerboseMode.SILENT);
        Pattern pattern = Pattern.compile(filter, Pattern.CASE_INSENSITIVE);
        return BenchmarkList.defaultList().getAll(silent, List.of()).stream()
                .filter(entry -> pattern.matcher(name(entry)).find())
                .toList();
    }
}
