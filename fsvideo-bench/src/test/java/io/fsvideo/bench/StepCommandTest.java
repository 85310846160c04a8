package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StepCommandTest {
    @Test
    void printsTimeAndMemoryOfEveryStep() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(new BenchCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("step --config tiny-wan-flf2v --steps 2 --layers 1 --frames 5 --height 32 --width 48"
                        .split(" "));
        assertEquals(0, code, err::toString);
        String text = out.toString();
        assertTrue(text.startsWith("tiny-wan-flf2v in F32 on CPU"), text);
        assertTrue(text.contains("12 tokens x 2"), text);
        assertTrue(text.contains("step 2: "), text);
        Matcher ratio = Pattern.compile("measured / planned ([0-9.]+)").matcher(text);
        assertTrue(ratio.find(), text);
        assertEquals(1, Double.parseDouble(ratio.group(1)), 0.1);
        assertTrue(err.toString().contains("block0 done at"), err::toString);
    }
}
