package io.fsvideo.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.Samples;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same bits whatever the environment says of threads; on 1, 2 and 8 threads: see {@code DeterminismTest}. */
class ThreadCountTest {
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
