package io.fsvideo.text;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A Java program run in a process of its own with this test's class path, or a part of it. */
public final class JavaProcess {
    private static final int TIMEOUT_SECONDS = 300;

    /** The first Java version in which native libraries cause a warning on standard error without the flag. */
    private static final int FIRST_TO_WARN = 24;

    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Predicate<String> classPath = entry -> true;

    /** What a finished process left. */
    public record Outcome(int exitCode, String out, String err) {}

    /** A running process whose output goes to files. */
    public record Running(Process process, Path out, Path err) {
        /** Waits for the end. */
        public Outcome await() {
            try {
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("still running after " + TIMEOUT_SECONDS + " s: " + Files.readString(err));
                }
                return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** Drops class path entries whose name contains {@code part}. */
    public JavaProcess without(String part) {
        classPath = classPath.and(entry -> !entry.contains(part));
        return this;
    }

    /** Adds an option of the Java launcher. */
    public JavaProcess option(String option) {
        options.add(option);
        return this;
    }

    /** Adds variables to the environment. */
    public JavaProcess environment(Map<String, String> variables) {
        environment.putAll(variables);
        return this;
    }

    /** Runs to the end. */
    public Outcome run(Path folder, Class<?> main, String... arguments) {
        return start(folder, main, arguments).await();
    }

    /** Starts in the working directory {@code folder}. */
    public Running start(Path folder, Class<?> main, String... arguments) {
        try {
            Path out = Files.createTempFile("fsvideo-test", ".out");
            Path err = Files.createTempFile("fsvideo-test", ".err");
            out.toFile().deleteOnExit();
            err.toFile().deleteOnExit();
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            if (Runtime.version().feature() >= FIRST_TO_WARN) {
                command.add("--enable-native-access=ALL-UNNAMED");
            }
            command.addAll(options);
            command.addAll(List.of("-Dfile.encoding=" + StandardCharsets.UTF_8, "-cp", classPath(), main.getName()));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            return new Running(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(classPath)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
