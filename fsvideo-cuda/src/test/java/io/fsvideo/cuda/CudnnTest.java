package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cuda.natives.ChildProcess;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.ConvolutionLibrary;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import jcuda.jcudnn.JCudnn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions by cuDNN: the real bindings over a library built from source that computes them. Conformance runs on it too. */
class CudnnTest {
    private static final BackendOptions CUDNN = BackendOptions.defaults().withConvolutions(ConvolutionLibrary.CUDNN);

    @TempDir
    Path folder;

    /** Small whole numbers, so that every sum is exact in BF16. */
    private static Tensor whole(Arena a, String name, DType dtype, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (x, y) -> x * y)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 7 % 5 - 2;
        }
        return a.of(name, dtype, values, shape);
    }

    private static float[] convolve(
            Backend backend, DType dtype, FrameTaps taps, Conv3dGeometry geometry, int outputs) {
        try (backend;
                Arena a = Arena.root(backend, "test")) {
            Tensor weight = whole(a, "weight", dtype, outputs, 5, taps.kernel(), 3, 3);
            Tensor packed = a.pack(weight, Layout.conv3d(1), dtype);
            Tensor bias = whole(a, "bias", DType.F32, outputs);
            Tensor x = whole(a, "x", dtype, 2, taps.requiredFrames(), 5, 4, 5);
            return a.conv3d(x, packed, bias, geometry, Activation.RELU).toFloats();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void givesTheKernelsResultsWithoutThem(DType dtype) {
        FakeDriver.buildDnn();
        FrameTaps groups = FrameTaps.of(3, 0, 0, 0, 0, 1, 2, 1, 2, 2, 2, 3, 4, 3, 4, 4);
        for (FrameTaps taps : List.of(FrameTaps.causal(4, 3), FrameTaps.valid(5, 3), groups)) {
            for (int outputs : new int[] {3, 8}) {
                for (Conv3dGeometry geometry : geometries(taps)) {
                    TreeSet<String> kernels = new TreeSet<>();
                    float[] expected = convolve(
                            listening(BackendOptions.defaults(), new TreeSet<>()), dtype, taps, geometry, outputs);
                    float[] actual = convolve(listening(CUDNN, kernels), dtype, taps, geometry, outputs);
                    assertArrayEquals(expected, actual);
                    assertTrue(kernels.contains("bias_activation"), kernels.toString());
                    assertTrue(kernels.stream().noneMatch(name -> name.contains("conv3d")), kernels.toString());
                }
            }
        }
    }

    private static List<Conv3dGeometry> geometries(FrameTaps taps) {
        return List.of(Conv3dGeometry.same(taps, 3, 3, 1), new Conv3dGeometry(taps, 2, 0, 1, 0, 1, 1));
    }

    private static Backend listening(BackendOptions options, TreeSet<String> kernels) {
        return new CudaBackend(
                "cuda-bound",
                FakeDriver.driver(),
                options,
                (kernel, image, function, grid, block, sharedBytes) -> kernels.add(kernel));
    }

    private static final DnnLibrary.Shape SHAPE = new DnnLibrary.Shape(DType.BF16, 1, 3, 4, 4, 8, 8, 3, 3, 3, 1, 1, 1);

    private static DnnLibrary open(Driver driver, Stream stream) {
        FakeDriver.buildDnn();
        return driver.openDnnLibrary(stream);
    }

    /** cuDNN's tensor core code refuses five output channels; the launcher never asks for them. */
    @Test
    void refusalNamesTheSizes() {
        DnnLibrary.Shape odd = new DnnLibrary.Shape(DType.BF16, 1, 3, 4, 4, 8, 5, 3, 3, 3, 1, 1, 1);
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream();
                DnnLibrary library = open(driver, stream)) {
            BackendException e = assertThrows(BackendException.class, () -> library.workspaceBytes(odd));
            assertTrue(e.getMessage().startsWith("cuDNN: has no matrix product algorithm for " + odd), e.getMessage());
        }
    }

    /** JCudnn's switch belongs to the application; either way the errors are ours, with the numbers of cuDNN 9. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void errorsHaveTheNumbersAndNamesOfTheLibrary(boolean exceptions) {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream();
                DnnLibrary library = open(driver, stream)) {
            JCudnn.setExceptionsEnabled(exceptions);
            try {
                CudaException e = assertThrows(CudaException.class, () -> library.convolve(SHAPE, 0, 256, 256, 256));
                assertEquals("cudnnConvolutionForward: returned 2000 (CUDNN_STATUS_BAD_PARAM)", e.getMessage());
                assertEquals(2000, e.code());
            } finally {
                JCudnn.setExceptionsEnabled(false);
            }
        }
    }

    @Test
    void codesAreReadFromJCudnnsTexts() {
        assertEquals(9, CudnnLibrary.code("CUDNN_STATUS_NOT_SUPPORTED"));
        assertEquals(3000, CudnnLibrary.code("INVALID cudnnStatus: 3000"));
        assertEquals(-1, CudnnLibrary.code("something else"));
        assertEquals(-1, CudnnLibrary.code((String) null));
    }

    /** The stand-in ends the process when a descriptor is left. */
    @Test
    void descriptorsOfForgottenSizesAreDestroyed() {
        try (Driver driver = FakeDriver.driver();
                Stream stream = driver.openStream();
                DnnLibrary library = open(driver, stream)) {
            List<Long> bytes = new ArrayList<>();
            for (int frames = 3; frames < 303; frames++) {
                bytes.add(library.workspaceBytes(SHAPE.withFrames(1, frames)));
            }
            assertFalse(bytes.contains(0L));
        }
    }

    /** cuDNN 8 has other numbers and its own soname; the natives were built for it. */
    @Test
    void worksOnCudnn8() throws IOException {
        FakeDriver.buildBlas();
        for (String library : List.of("libcuda.so.1", "libcublas.so.13", "libcublasLt.so.13")) {
            Files.createSymbolicLink(folder.resolve(library), FakeDriver.build().resolve(library));
        }
        FakeDriver.library("cudnn.cpp", folder.resolve("libcudnn.so.8"), "-DVERSION=8");
        ChildProcess.Result result =
                ChildProcess.java(CudnnProbe.class, Map.of(), List.of("-Dfsvideo.cuda.libs=" + folder));
        assertEquals(
                List.of("version 8902", "cudnnConvolutionForward: returned 3 (CUDNN_STATUS_BAD_PARAM)"),
                result.output().lines().toList());
    }

    /** The emulator has no cuDNN: a clear error, and nothing left open. */
    @Test
    void isNeverReplacedSilently() {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 20);
        BackendException e =
                assertThrows(BackendException.class, () -> new CudaBackend("cuda-emulated", driver, CUDNN));
        assertEquals("emulator: has no cuDNN; use the kernels", e.getMessage());
        driver.close();
    }
}
