package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Steps of transformers and clips through decoders, on random weights. */
class StepCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /**
     * Runs on one thread: which of several threads gets a buffer of its own depends on who comes first, which shows
     * in models this small.
     */
    private int run(String command) {
        return new CommandLine(new BenchCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute((command + " --threads 1").split(" "));
    }

    private void assertPlanned() {
        Matcher ratio = Pattern.compile("measured / planned ([0-9.]+)").matcher(out.toString());
        assertTrue(ratio.find(), out::toString);
        assertEquals(1, Double.parseDouble(ratio.group(1)), 0.1);
    }

    @Test
    void printsTimeAndMemoryOfEveryStep() {
        int code = run("step --config tiny-wan-flf2v --steps 2 --layers 1 --frames 5 --height 32 --width 48");
        assertEquals(0, code, err::toString);
        assertTrue(out.toString().startsWith("tiny-wan-flf2v in F32 on CPU"), out::toString);
        assertTrue(out.toString().contains("12 tokens x 2"), out::toString);
        assertTrue(out.toString().contains("step 2: "), out::toString);
        assertTrue(err.toString().contains("block0 done at"), err::toString);
        assertPlanned();
    }

    /** The lines of its blocks must cost no operation that a generation has not. */
    @Test
    void stepsAreThoseOfAGeneration() {
        Map<String, Long> told = operations(name -> assertEquals(0, run("step --config tiny --backend " + name)));
        ModelConfig tiny = ModelFamily.model("tiny");
        StepTrial trial = new StepTrial(tiny, Trials.request(tiny).withSteps(1), DType.F32);
        assertEquals(operations(name -> trial.run(Backend.open(name), TapListener.NONE)), told);
    }

    /** How often each operation is called on a backend of a name of its own. */
    private static Map<String, Long> operations(Consumer<String> work) {
        try (Backend cpu = Backend.open("cpu")) {
            Trace trace = new Trace(cpu);
            String name = TracedBackends.lend(trace);
            work.accept(name);
            TracedBackends.takeBack(name);
            return trace.parts().entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, part -> part.getValue().calls));
        }
    }

    @Test
    void decodesAClipOfWans() {
        assertEquals(0, run("decode --config tiny-wan-t2v --frames 13"), err::toString);
        assertTrue(out.toString().contains("4 steps in "), out::toString);
        assertPlanned();
    }

    @Test
    void decodesAClipOfDcVideoGens() {
        assertEquals(0, run("decode --config tiny-dc-videogen-i2v --frames 16"), err::toString);
        assertPlanned();
        assertEquals(1, run("decode --config tiny"));
    }
}
