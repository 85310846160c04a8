package io.fsvideo.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/** Entry point of the command line; exits with 0, 1 (failed), 2 (usage) or 130 (interrupted). */
public final class Main {
    private Main() {}

    /** @param arguments command and options; {@code --help} lists them */
    public static void main(String[] arguments) {
        // Libraries below may log; only their warnings concern a user of the command line.
        System.setProperty(
                "org.slf4j.simpleLogger.defaultLogLevel",
                System.getProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn"));
        System.exit(run(writer(System.out), writer(System.err), arguments));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, Charset.defaultCharset()), true);
    }

    /** Runs one command; returns the exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].indexOf('\ufffd') >= 0) {
                err.println("error: argument " + (i + 1)
                        + " must be text that Java can read, got letters that the locale does" + " not know in: "
                        + arguments[i] + "; start with LC_ALL=C.UTF-8 in the environment");
                return 2;
            }
        }
        try {
            return FsVideoCommand.commandLine(out, err).execute(arguments);
        } catch (OutOfMemoryError e) {
            err.println("error: the Java heap must hold what this command needs, got " + e.getMessage()
                    + "; raise it with FSVIDEO_JAVA_OPTS=-Xmx4g");
            return 1;
        } catch (NoClassDefFoundError e) {
            err.println("error: class path must have what this command needs, got no class " + e.getMessage()
                    + "; the command line needs info.picocli:picocli, docs/dependencies.md lists what it needs");
            return 1;
        }
    }
}
