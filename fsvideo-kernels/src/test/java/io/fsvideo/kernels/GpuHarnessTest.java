package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The programs that test kernels on a GPU, here on a {@code libcuda.so.1} whose GPU is the emulator: what is tested is
 * their own code, that is arguments, tensor maps, copies, guard zones and the report of each way to fail.
 */
class GpuHarnessTest {
    private static final Pattern LAUNCHES = Pattern.compile("launches=(\\d+) equal=(\\d+)");

    private static final String DRIVER =
            NativeBuild.OUT.resolve("fake/libcuda.so.1").toString();
    private static final String IMAGES = NativeBuild.OUT.resolve("fake/images").toString();

    @BeforeAll
    static void build() {
        NativeBuild.make("gpu-tests", "fake-driver");
    }

    @TestFactory
    Stream<DynamicTest> givesTheEmulatorsBits() {
        return NativeBuild.kernels().stream()
                .map(kernel -> DynamicTest.dynamicTest(kernel, () -> {
                    NativeBuild.Result result = NativeBuild.run(command(kernel, 60));
                    assertEquals(0, result.status(), result.output());
                    Matcher launches = LAUNCHES.matcher(result.output());
                    assertTrue(launches.find(), result.output());
                    do {
                        assertEquals(launches.group(1), launches.group(2), result.output());
                    } while (launches.find());
                }));
    }

    @Test
    void reportsWritesBehindATensor() throws IOException {
        assertFails("overrun", 1, "layer_norm: wrote 1 bytes behind the end of a tensor of 16 bytes");
    }

    @Test
    void reportsResultsThatChangeFromRunToRun() throws IOException {
        assertFails("flicker", 1, "layer_norm: two runs with equal inputs gave different bits");
    }

    @Test
    void goesOnAfterAContextIsLost() throws IOException {
        String output = assertFails("lost", 1, "FAIL 0 one_token | layer_norm: CUDA_ERROR_OF_THE_FAKE_DRIVER, planted");
        assertTrue(output.contains("FAIL 0 widest_row"), output);
    }

    @Test
    void stopsALaunchThatHangs() throws IOException {
        String output = assertFails("hang", 1, "layer_norm: did not end within 0.1");
        assertTrue(output.contains("FAIL 0 width_of_the_model | not run after two hangs"), output);
    }

    @Test
    void skipsWithoutAGpu() throws IOException {
        assertFails("nodevice", 77, "no NVIDIA GPU: cuInit gives 100");
    }

    @Test
    void skipsWithoutADriver() {
        NativeBuild.Result result = NativeBuild.run(
                NativeBuild.OUT.resolve("gpu/layer_norm_test").toString(), "--mode", "gpu", "--driver", "libabsent.so");
        assertEquals(77, result.status(), result.output());
        assertTrue(result.output().startsWith("no NVIDIA driver: "), result.output());
    }

    @Test
    void benchMeasuresWhatItsFilesName() throws IOException {
        Set<String> named = new TreeSet<>();
        for (String file : NativeBuild.stems("src/test/bench", "_bench.cpp")) {
            String source = Files.readString(Path.of("src/test/bench", file + "_bench.cpp"));
            Pattern.compile("(?m)^TEST\\((\\w+)\\)")
                    .matcher(source)
                    .results()
                    .forEach(test -> named.add(test.group(1)));
        }
        NativeBuild.Result result = NativeBuild.run(
                NativeBuild.OUT.resolve("gpu/bench").toString(),
                "--size",
                "tiny",
                "--driver",
                DRIVER,
                "--images",
                IMAGES);
        assertEquals(0, result.status(), result.output());
        List<String> measured = Pattern.compile("\"kernel\": \"(\\w+)\"")
                .matcher(result.output())
                .results()
                .map(line -> line.group(1))
                .distinct()
                .sorted()
                .toList();
        assertEquals(List.copyOf(named), measured);
        assertTrue(NativeBuild.kernels().containsAll(measured), measured::toString);
    }

    @Test
    void theOneCommandRunsToItsTable() {
        assumeTrue(NativeBuild.run("python3", "--version").status() == 0, "python3 prints the table");
        NativeBuild.Result result = NativeBuild.run("./gpu-run.sh", "--rehearse", "rms_norm");
        assertEquals(0, result.status(), result.output());
        assertTrue(
                Pattern.compile("(?m)^rms_norm +(\\d+)/\\1 +(\\d+)/\\2 ")
                        .matcher(result.output())
                        .find(),
                result.output());
    }

    private static String assertFails(String fault, int status, String expected) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command("layer_norm", fault.equals("hang") ? 0.1 : 60)).redirectErrorStream(true);
        builder.environment().put("FAKE_DRIVER_FAULT", fault);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertTrue(output.contains(expected), output);
        try {
            assertEquals(status, process.waitFor(), output);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        return output;
    }

    private static String[] command(String kernel, double seconds) {
        List<String> command = List.of(
                NativeBuild.OUT.resolve("gpu").resolve(kernel + "_test").toString(),
                "--mode",
                "gpu",
                "--seconds",
                Double.toString(seconds),
                "--driver",
                DRIVER,
                "--images",
                IMAGES);
        return command.toArray(String[]::new);
    }
}
