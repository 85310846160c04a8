package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FsVideoException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.results.RunResult;

/** Every bench runs, at its smallest shape, and refuses to time an operation that computes something else. */
class EveryBenchTest {
    /** An operation in each bench that is not named after one. */
    private static final Map<String, String> INSIDE = Map.of(
            "PeakBench", "linear",
            "CopyBench", "slice",
            "DitBlockBench", "attention",
            "FsaeStageBench", "conv3d",
            "FsaeDecodeBench", "pixelNorm",
            "StepBench", "qkNormRope",
            "LayerMemoryBench", "layerMixNorm",
            "PipelineBench", "noise");

    static Stream<String> benches() {
        return BenchRun.names("").stream();
    }

    @ParameterizedTest
    @MethodSource("benches")
    void runs(String bench) {
        List<RunResult> results = TinyRun.run("^" + bench + "$", System.getProperty("fsvideo.backend", "cpu"));
        assertEquals(2, results.size(), "F32 and BF16");
        for (RunResult result : results) {
            assertTrue(result.getPrimaryResult().getScore() > 0, bench);
            assertTrue(rate(result, "gigabytes") > 0, bench);
            assertTrue(rate(result, "teraflops") >= 0, bench);
        }
    }

    private static double rate(RunResult result, String counter) {
        Collection<String> names = result.getSecondaryResults().keySet();
        assertTrue(names.contains(counter), () -> counter + " among " + names);
        return result.getSecondaryResults().get(counter).getScore();
    }

    @ParameterizedTest
    @MethodSource("benches")
    void failsInsteadOfTimingAWrongAnswer(String bench) {
        String op = INSIDE.getOrDefault(
                bench,
                Character.toLowerCase(bench.charAt(0)) + bench.substring(1).replaceFirst("Bench$", ""));
        FsVideoException error =
                assertThrows(FsVideoException.class, () -> TinyRun.run("^" + bench + "$", "broken:" + op));
        assertTrue(error.getMessage().contains("nothing was timed"), error::getMessage);
    }
}
