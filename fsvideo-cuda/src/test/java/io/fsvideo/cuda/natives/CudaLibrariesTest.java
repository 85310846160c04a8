package io.fsvideo.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JCuda's, JCublas's, JCudnn's and JavaCPP's real natives over stand-ins for NVIDIA's libraries. */
class CudaLibrariesTest {
    @TempDir
    static Path made;

    @TempDir
    Path root;

    @TempDir
    Path temporary;

    @BeforeAll
    static void build() {
        FakeLibraries.driver(made.resolve("driver12"), 12060);
        FakeLibraries.driver(made.resolve("driver13"), 13000);
        FakeLibraries.blas(made.resolve("cuda12"), 12);
        FakeLibraries.dnn(made.resolve("cuda12"), 8);
        FakeLibraries.blas(made.resolve("cuda13"), 13);
        FakeLibraries.dnn(made.resolve("cuda13"), 9);
    }

    private String load(String folders, String... what) {
        return load(folders, List.of(), what);
    }

    private String load(String folders, List<String> options, String... what) {
        String path = List.of(folders.split(":")).stream()
                .map(folder -> made.resolve(folder).toString())
                .reduce((a, b) -> a + ":" + b)
                .orElseThrow();
        List<String> all = new ArrayList<>(List.of("-Dfsvideo.cuda.libs=" + path, "-Djava.io.tmpdir=" + temporary));
        all.addAll(options);
        ChildProcess.Result result = ChildProcess.java(LoadProbe.class, Map.of(), all, what);
        assertEquals(0, result.status(), result.output());
        return result.output();
    }

    @Test
    void cuda12() {
        assertEquals(
                List.of("driver 12060", "blas 120000", "dnn 80000", "maps 0 9020321 77 256128064 21016008"),
                load("driver12:cuda12", "driver", "blas", "dnn", "maps").lines().toList());
    }

    /** The natives were built for CUDA 12 and cuDNN 8. */
    @Test
    void cuda13() {
        assertEquals(
                List.of("driver 13000", "blas 130000", "dnn 90000", "maps 0 9020321 77 256128064 21016008"),
                load("driver13:cuda13", "driver", "blas", "dnn", "maps").lines().toList());
    }

    @Test
    void librariesNewerThanTheDriverArePassedOver() {
        assertEquals(
                List.of("driver 12060", "blas 120000", "dnn 90000"),
                load("driver12:cuda13:cuda12", "driver", "blas", "dnn").lines().toList());
    }

    @Test
    void missingCudnnIsNamed() {
        FakeLibraries.blas(made.resolve("blas"), 13);
        List<String> lines =
                load("driver13:blas", "driver", "blas", "dnn").lines().toList();
        assertEquals(List.of("driver 13000", "blas 130000", "cuda: no cuDNN"), lines.subList(0, 3));
        assertEquals("  needed: libcudnn.so.9 or libcudnn.so.8", lines.get(3));
        assertTrue(lines.get(6).startsWith("  to do: install cuDNN 9, or pip install nvidia-cudnn-cu13"), lines.get(6));
    }

    @Test
    void olderCudnnIsNamed() {
        FakeLibraries.blas(made.resolve("old"), 13);
        FakeLibraries.dnn(made.resolve("old"), 7);
        String output = load("driver13:old", "driver", "dnn");
        assertTrue(output.contains("cuda: no cuDNN"), output);
        assertTrue(output.contains("found: [" + made.resolve("old/libcudnn.so.7") + "]"), output);
    }

    /** Nothing on the machine but our loader knows the folder of the parts. */
    @Test
    void partsOfCudnnAreLoadedFromItsFolder() {
        FakeLibraries.dnnOfParts(made.resolve("parts"), "libcudnn_cnn.so.9");
        assertEquals(
                List.of("driver 13000", "dnn 90100"),
                load("driver13:parts:cuda13", "driver", "dnn").lines().toList());
    }

    /** Loads NVTX on a machine without any other one. */
    private String loadNvtx(String folders) {
        return load(folders, List.of("-Dprobe.root=" + root), "nvtx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"libnvtx3interop.so.1", "libnvToolsExt.so.1"})
    void nvtxOfNewAndOldToolkits(String soname) {
        FakeLibraries.nvtx(made.resolve(soname), soname);
        assertEquals("nvtx true", loadNvtx("driver13:" + soname).strip());
    }

    @Test
    void missingNvtxIsNamed() {
        List<String> lines = loadNvtx("driver13").lines().toList();
        assertEquals(
                List.of("cuda: no NVTX", "  needed: libnvtx3interop.so.1 or libnvToolsExt.so.1"), lines.subList(0, 2));
        assertTrue(
                lines.get(4).startsWith("  to do: install the CUDA toolkit's NVTX, or pip install nvidia-nvtx"),
                lines.get(4));
        assertEquals(5, lines.size());
    }

    @Test
    void libraryWithoutNvtxsFunctionsIsNamed() {
        FakeLibraries.planted(made.resolve("hollow"), "libnvtx3interop.so.1");
        String output = loadNvtx("driver13:hollow");
        assertTrue(
                output.contains("cuda: " + made.resolve("hollow/libnvtx3interop.so.1")
                        + " must have the function nvtxRangePushA, but has not"),
                output);
    }

    @Test
    void loadingAgainWorks() {
        assertEquals(
                List.of("driver 13000", "driver 13000", "blas 130000", "blas 130000"),
                load("driver13:cuda13", "driver", "driver", "blas", "blas")
                        .lines()
                        .toList());
    }

    @Test
    void plantedNativeIsNotLoadedAndNothingIsLeftBehind() throws IOException {
        FakeLibraries.planted(temporary, "libJCudaDriver-12.6.0-linux-x86_64.so");
        FakeLibraries.planted(temporary, "libJCublas2-12.6.0-linux-x86_64.so");
        String output = load("driver13:cuda13", "driver", "blas");
        assertEquals(List.of("driver 13000", "blas 130000"), output.lines().toList());
        try (var left = Files.list(temporary)) {
            assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith("fsvideo")));
        }
    }

    @Test
    void libraryOfAnotherKindIsNamed() throws IOException {
        Files.createDirectories(made.resolve("text"));
        Files.writeString(made.resolve("text/libcuda.so.1"), "not a library");
        String output = load("text", "driver");
        assertTrue(
                output.contains("cuda: " + made.resolve("text/libcuda.so.1") + " must be a loadable library"), output);
    }

    @Test
    void missingDriverIsOneReadableError() throws IOException {
        Files.createDirectories(root.resolve("usr/lib64"));
        Files.createFile(root.resolve("usr/lib64/libcuda.so.470.82"));
        String message = error(() -> host(Map.of("CUDA_HOME", "/opt/x")).loadDriver());
        List<String> lines = message.lines().toList();
        assertEquals("cuda: no NVIDIA driver", lines.get(0));
        assertEquals("  needed: libcuda.so.1", lines.get(1));
        assertEquals("  found: [" + root + "/usr/lib64/libcuda.so.470.82]", lines.get(2));
        assertTrue(lines.get(3)
                .startsWith(
                        "  looked in: -Dfsvideo.cuda.libs (not set), LD_LIBRARY_PATH (not set), CUDA_HOME=/opt/x,"));
        assertTrue(lines.get(4).startsWith("  to do: install NVIDIA's driver"));
        assertTrue(lines.get(4).endsWith("-Dfsvideo.cuda.libs=FOLDER"));
        assertEquals(5, lines.size());
    }

    @Test
    void olderCublasIsNamed() {
        FakeLibraries.blas(root.resolve("usr/local/cuda-11.8/lib64"), 11);
        String message = error(() -> host(Map.of()).loadBlas(12060));
        assertTrue(message.contains("no cuBLAS for a driver of CUDA 12.6"), message);
        assertTrue(message.contains("needed: [libcublas.so.12] "), message);
        assertTrue(message.contains("cuda-11.8/lib64/libcublas.so.11]"), message);
    }

    @Test
    void newerCublasThanTheDriverIsNamed() {
        FakeLibraries.blas(root.resolve("usr/lib64"), 13);
        String message = error(() -> host(Map.of()).loadBlas(12060));
        assertTrue(message.contains("libcublas.so.13]"), message);
        assertFalse(message.contains("needed: [libcublas.so.13"), message);
    }

    @Test
    void cublasWithoutItsPartIsNamed() throws IOException {
        FakeLibraries.blas(root.resolve("usr/lib64"), 13);
        Files.delete(root.resolve("usr/lib64/libcublasLt.so.13"));
        String message = error(() -> host(Map.of()).loadBlas(13000));
        assertTrue(message.startsWith("cuda: cuBLAS is incomplete"), message);
        assertTrue(message.contains("needed: libcublasLt.so.13 beside " + root), message);
    }

    @Test
    void otherSystemsAreRefused() {
        Properties properties = new Properties();
        properties.putAll(Map.of("os.name", "Mac OS X", "os.arch", "aarch64"));
        Host host = new Host(root, Map.of(), properties);
        assertEquals(
                "cuda: the system must be Linux on x86-64, got Mac OS X aarch64; use the backend cpu there",
                error(() -> CudaLibraries.of(host)));
    }

    private CudaLibraries host(Map<String, String> environment) {
        Properties properties = new Properties();
        properties.putAll(Map.of("os.name", "Linux", "os.arch", "amd64", "java.io.tmpdir", temporary.toString()));
        return CudaLibraries.of(new Host(root, environment, properties));
    }

    private static String error(org.junit.jupiter.api.function.Executable code) {
        return assertThrows(NativeLibraryException.class, code).getMessage();
    }
}
