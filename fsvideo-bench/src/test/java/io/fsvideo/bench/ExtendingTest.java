package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.Main;

/** Does what {@code docs/extending.md} says to a copy of the tree, and runs what the page says will run. */
class ExtendingTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int MOST_FILES = 8;
    private static final Pattern FILE = Pattern.compile("### \\d+\\. `([^`]+)`");
    private static final Pattern PLACE = Pattern.compile("At the end:|New:|After `(.+)`:");
    private final Set<Path> edited = new LinkedHashSet<>();

    @TempDir
    Path copy;

    @BeforeEach
    void copyTree() throws IOException {
        for (String folder : List.of(
                "fsvideo-core/src/main/java/io/fsvideo/tensor",
                "fsvideo-core/src/main/java/io/fsvideo/cpu",
                "fsvideo-core/src/test/java/io/fsvideo/conformance",
                "fsvideo-cuda/src/main/java/io/fsvideo/cuda",
                "fsvideo-bench/src/main/java/io/fsvideo/bench",
                "fsvideo-kernels/src",
                "fsvideo-kernels/target/native/generated",
                "fsvideo-kernels/target/native/plain/emulator",
                "fsvideo-kernels/target/native/plain/harness",
                "fsvideo-kernels/target/native/plain/kernel")) {
            copy(folder);
        }
        copy("fsvideo-kernels/Makefile");
        copy("fsvideo-kernels/target/native/libfsvideo_emulator.so");
    }

    /** Copies files with their times, by which make knows what is up to date. */
    private void copy(String name) throws IOException {
        Path from = ROOT.resolve(name);
        if (!Files.exists(from)) {
            return;
        }
        Files.createDirectories(copy.resolve(name).getParent());
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path to = copy.resolve(ROOT.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(path, to, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    @Test
    void addingAnOperation() throws Exception {
        follow(Files.readString(ROOT.resolve("docs/extending.md")));
        assertTrue(edited.size() <= MOST_FILES, () -> edited.size() + " files: " + edited);
        Path classes = compile();

        String test = "io.fsvideo.conformance.NegateTest";
        run("fsvideo-core", classes, List.of(), NamedTests.class.getName(), test);
        run("fsvideo-core", classes, List.of("-Dfsvideo.backend=reference"), NamedTests.class.getName(), test);
        make("library", "target/native/plain/negate_test");
        run("fsvideo-cuda", classes, List.of("-Dfsvideo.backend=cuda-emulated"), NamedTests.class.getName(), test);
        command(copy.resolve("fsvideo-kernels"), "target/native/plain/negate_test", "--mode", "plain");
        run("fsvideo-bench", classes, List.of(), NamedTests.class.getName(), InventoryTest.class.getName());
        String[] bench = {"bench.NegateBench.run$", "-p", "shape=tiny:5x16", "-p", "via=fsvideo"};
        String[] moment = {"-f", "0", "-wi", "0", "-i", "1", "-r", "10ms", "-foe", "true"};
        run(
                "fsvideo-bench",
                classes,
                List.of(),
                Main.class.getName(),
                Stream.of(bench, moment).flatMap(Stream::of).toArray(String[]::new));
    }

    /** Makes the page's changes: each file's heading is followed by places, each with a block of code. */
    private void follow(String page) throws IOException {
        Path file = null;
        String place = null;
        String after = null;
        StringBuilder code = null;
        for (String line : page.split("\n")) {
            Matcher heading = FILE.matcher(line);
            Matcher where = PLACE.matcher(line);
            if (code == null && heading.matches()) {
                file = copy.resolve(heading.group(1));
                edited.add(file);
            } else if (code == null && where.matches()) {
                place = line;
                after = where.group(1);
            } else if (code == null && place != null && line.startsWith("```")) {
                code = new StringBuilder();
            } else if (code != null && line.equals("```")) {
                insert(file, place, after, code.toString());
                place = null;
                code = null;
            } else if (code != null) {
                code.append(line).append('\n');
            }
        }
    }

    private static void insert(Path file, String place, String after, String code) throws IOException {
        if (place.equals("New:")) {
            assertTrue(Files.notExists(file), file::toString);
            Files.writeString(file, code);
            return;
        }
        String text = Files.readString(file);
        int at = after == null ? text.lastIndexOf('}') : text.indexOf('\n', text.indexOf(after)) + 1;
        assertTrue(
                after == null || text.indexOf(after) == text.lastIndexOf(after) && at > 0, () -> after + " in " + file);
        Files.writeString(file, text.substring(0, at) + (after == null ? "\n" : "") + code + text.substring(at));
    }

    /** The edited classes, and the one that hands on what {@code ArenaOps} has, in a folder before those that are built. */
    private Path compile() throws IOException {
        Path classes = Files.createDirectories(copy.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of("-d", classes.toString(), "-cp", classPath(classes)));
        arguments.addAll(List.of("-processor", "org.openjdk.jmh.generators.BenchmarkProcessor"));
        arguments.add(copy.resolve("fsvideo-core/src/main/java/io/fsvideo/tensor/Arena.java")
                .toString());
        edited.stream()
                .map(Path::toString)
                .filter(file -> file.endsWith(".java"))
                .forEach(arguments::add);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler().run(null, said, said, arguments.toArray(String[]::new));
        assertEquals(0, status, said::toString);
        for (Path file : edited) {
            if (file.toString().endsWith(".cu")) {
                Path kernels = Files.createDirectories(classes.resolve("io/fsvideo/kernels/cuda"));
                Files.copy(file, kernels.resolve(file.getFileName()));
            }
        }
        return classes;
    }

    private static String classPath(Path classes) {
        String built = System.getProperty("java.class.path");
        Path emulatedDevice = ROOT.resolve("fsvideo-cuda/target/test-classes");
        return String.join(File.pathSeparator, classes.toString(), built, emulatedDevice.toString());
    }

    /** Runs a program in a module of the copy, on one thread and compiled in haste: it runs for a moment. */
    private void run(String module, Path classes, List<String> options, String main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djmh.ignoreLock=true"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath(classes), main));
        command.addAll(List.of(arguments));
        command(copy.resolve(module), command.toArray(String[]::new));
    }

    private void make(String... targets) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("make", "-s", "-j2"));
        command.add("JAVA_HOME=" + System.getProperty("java.home"));
        command.addAll(List.of(targets));
        command(copy.resolve("fsvideo-kernels"), command.toArray(String[]::new));
    }

    private static void command(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + "\n" + output);
    }
}
