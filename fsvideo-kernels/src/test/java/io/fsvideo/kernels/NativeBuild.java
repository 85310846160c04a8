package io.fsvideo.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs make and the programs it builds, in this module's folder. */
final class NativeBuild {
    static final Path OUT = Path.of("target", "native");

    private NativeBuild() {}

    /** Standard output and error together, and the exit status. */
    record Result(int status, String output) {}

    /** Builds everything that is out of date; fails the calling test when that does not work. */
    static void make(String... targets) {
        if (run("make", "--version").status() != 0 || run("g++", "--version").status() != 0) {
            throw new AssertionError(
                    "kernels: make and g++ must be installed to build the emulator; "
                            + "install them (Debian: apt-get install g++ make) or skip this module with -pl '!fsvideo-kernels'");
        }
        List<String> command = new ArrayList<>(List.of("make", "-s", "-j2", "JAVA_HOME=" + javaHome()));
        command.addAll(List.of(targets));
        Result result = run(command.toArray(String[]::new));
        if (result.status() != 0) {
            throw new AssertionError("kernels: " + String.join(" ", command) + " failed\n" + result.output());
        }
    }

    static Result run(String... command) {
        return run(Map.of(), command);
    }

    /** @param environment set besides what this process has */
    static Result run(Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes());
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            return new Result(127, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while running " + command[0]));
        }
    }

    /** Names of all kernels, from their files. */
    static List<String> kernels() {
        return stems("src/main/cuda", ".cu");
    }

    /** Names in a folder that end with the suffix, without it, sorted. */
    static List<String> stems(String folder, String suffix) {
        if (!Files.isDirectory(Path.of(folder))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String javaHome() {
        return System.getProperty("java.home");
    }
}
