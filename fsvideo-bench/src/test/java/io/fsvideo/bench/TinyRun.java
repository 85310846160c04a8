package io.fsvideo.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs benches in this process at their smallest shapes for a moment. */
final class TinyRun {
    private TinyRun() {}

    static List<RunResult> run(String filter, String backend) {
        String before = System.getProperty("fsvideo.backend");
        System.setProperty("fsvideo.backend", backend);
        try {
            List<RunResult> results = new ArrayList<>();
            new BenchRun(Pattern.compile("^tiny:"), List.of("F32", "BF16"), BenchRun.OURS, moment())
                    .run(filter, results::addAll);
            return results;
        } finally {
            if (before == null) {
                System.clearProperty("fsvideo.backend");
            } else {
                System.setProperty("fsvideo.backend", before);
            }
        }
    }

    private static ChainedOptionsBuilder moment() {
        return new OptionsBuilder()
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(2))
                .verbosity(VerboseMode.SILENT);
    }
}
