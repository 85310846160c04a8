package io.fsvideo.cuda.natives;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs programs, with none of NVIDIA's folders in their environment. */
public final class ChildProcess {
    private ChildProcess() {}

    /** Exit status, and standard output and error together. */
    public record Result(int status, String output) {}

    /** Runs a class with this test's class path in a new Java process. */
    public static Result java(
            Class<?> main, Map<String, String> environment, List<String> options, String... arguments) {
        return java(System.getProperty("java.class.path"), main.getName(), environment, options, arguments);
    }

    public static Result java(
            String classPath, String main, Map<String, String> environment, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return run(environment, command);
    }

    static Result run(Map<String, String> environment, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().keySet().removeAll(List.of("LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_PATH"));
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes());
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            return new Result(127, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command.get(0), e);
        }
    }
}
