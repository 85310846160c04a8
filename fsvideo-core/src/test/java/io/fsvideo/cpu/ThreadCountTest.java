package io.fsvideo.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same bits with 1, 2 and 8 threads, for every operation. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThreadCountTest {
    private static final int[] COUNTS = {1, 2, 8};

    private final Backend[] backends = new Backend[COUNTS.length];

    @BeforeAll
    void open() {
        for (int i = 0; i < COUNTS.length; i++) {
            backends[i] = Backend.open("cpu", BackendOptions.defaults().withThreads(COUNTS[i]));
        }
    }

    @AfterAll
    void close() {
        for (Backend backend : backends) {
            assertEquals(0, backend.bytesInUse());
            backend.close();
        }
    }

    static Stream<String> samples() {
        return Samples.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void changesNoBit(String name) {
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            float[] one = result(backends[0], name, dtype);
            assertTrue(one.length > 1 && !(Math.abs(one[0]) > 1e30f), "a result worth comparing");
            for (int i = 1; i < backends.length; i++) {
                assertArrayEquals(one, result(backends[i], name, dtype), COUNTS[i] + " threads, " + dtype);
            }
        }
    }

    private static float[] result(Backend backend, String name, DType dtype) {
        try (Arena a = Arena.root(backend, "sample")) {
            return Samples.all().get(name).apply(a, dtype).toFloats();
        }
    }

    /**
     * oneDNN's own splitting follows this variable; an embedder sets it to anything or not at all. The heap is so small that
     * JavaCPP's allocators, bounded by four times its size, would fail.
     */
    @Test
    void changesNoBitWhateverOmpNumThreadsSays() throws Exception {
        String expected = productsOf("1");
        assertEquals(expected, productsOf(null));
        assertEquals(expected, productsOf("8"));
    }

    private static String productsOf(String ompNumThreads) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                "-Xmx32m",
                ThreadCountTest.class.getName());
        builder.environment().remove("OMP_NUM_THREADS");
        if (ompNumThreads != null) {
            builder.environment().put("OMP_NUM_THREADS", ompNumThreads);
        }
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.contains("linear="), output);
        return output;
    }

    /** Prints a hash per product, for the test above. */
    public static void main(String[] arguments) {
        try (Backend backend = Backend.open("cpu", BackendOptions.defaults().withThreads(2))) {
            for (String name : List.of(
                    "linear", "linear of long rows", "conv3d 3x3x3", "conv3d depthwise", "attention", "permute")) {
                System.out.println(name + "=" + Arrays.hashCode(result(backend, name, DType.F32)));
            }
        }
    }
}
