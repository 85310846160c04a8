package io.fsvideo.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Stream;

/** One command run in this process. */
public record CommandRun(int exitCode, String out, String err) {
    /** Runs a command; arguments are given as their text. */
    public static CommandRun of(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int exitCode = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** Runs a command on the backend that needs no native library. */
    public static CommandRun onReference(Object... arguments) {
        return of(Stream.concat(Arrays.stream(arguments), Stream.of("--backend", "reference"))
                .toArray());
    }
}
