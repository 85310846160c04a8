package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cuda.natives.ChildProcess;
import io.fsvideo.cuda.natives.NativeLibraryException;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.OpRanges;
import io.fsvideo.tensor.Recording;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What NVTX is told, over a library built from {@code nvtx.cpp}, which logs each call and the depth of its thread's ranges. */
class NvtxTest {
    private static final BackendOptions ON = BackendOptions.defaults().withRanges(OpRanges.NVTX);

    @BeforeEach
    void build() {
        FakeDriver.buildNvtx();
    }

    private static CudaBackend open(BackendOptions options) {
        return open(options, Launch.Listener.NONE);
    }

    private static CudaBackend open(BackendOptions options, Launch.Listener listener) {
        return new CudaBackend(FakeDriver.NAME, FakeDriver.driver(), options, listener);
    }

    /** What was logged since the last call. */
    private static List<String> log() {
        return NvtxLog.take();
    }

    @Test
    void everyOperationIsARangeNamedAfterItAndItsTensors() {
        try (Backend backend = open(ON);
                Arena a = Arena.root(backend, "test")) {
            log();
            Tensor x = a.fill(DType.F32, 1, 3, 5);
            Tensor weight = a.of("blocks.0.ffn.0.weight", new float[35], 7, 5);
            Tensor packed = a.pack(weight, Layout.LINEAR, DType.F32);
            Tensor y = a.linear(x.named("x"), packed, null, Activation.NONE);
            a.concat(0, List.of(y, a.add(y, y)));
            assertEquals(
                    List.of(
                            "push 0 fill [3, 5] F32",
                            "pop 0",
                            "push 0 pack [7, 5] F32 from blocks.0.ffn.0.weight [7, 5] F32",
                            "pop 0",
                            "push 0 linear [3, 7] F32 from x [3, 5] F32, blocks.0.ffn.0.weight [7, 5] F32",
                            "pop 0",
                            "push 0 add [3, 7] F32 from linear [3, 7] F32, linear [3, 7] F32",
                            "pop 0",
                            "push 0 concat [6, 7] F32 from linear [3, 7] F32, add [3, 7] F32",
                            "pop 0"),
                    log());
        }
    }

    @Test
    void kernelsAreLaunchedInTheRangeOfTheirOperation() {
        List<String> seen = new ArrayList<>();
        Launch.Listener listener =
                (kernel, image, function, grid, block, shared) -> seen.add(kernel + " after " + log());
        try (Backend backend = open(ON, listener);
                Arena a = Arena.root(backend, "test")) {
            Tensor x = a.of("x", new float[] {1, 2}, 2);
            log();
            a.mul(x, x);
            assertEquals(List.of("mul after [push 0 mul [2] F32 from x [2] F32, x [2] F32]"), seen);
            assertEquals(List.of("pop 0"), log());
        }
    }

    /** An application may name what it does itself. */
    @Test
    void rangesOfOperationsLieInTheApplications() {
        try (CudaBackend backend = open(ON);
                Arena a = Arena.root(backend, "test")) {
            log();
            Nvtx application = backend.device().nvtx();
            application.push("step é");
            a.fill(DType.F32, 1, 2);
            application.pop();
            assertEquals(List.of("push 0 step é", "push 1 fill [2] F32", "pop 1", "pop 0"), log());
        }
    }

    @Test
    void rangeOfAFailedOperationEnds() {
        try (Backend backend = open(ON);
                Arena a = Arena.root(backend, "test")) {
            Tensor x = a.of("x", new float[] {1, 2}, 2);
            log();
            FakeDriver.refuse(FakeDriver.Call.LAUNCH, 1);
            assertEquals(1, assertThrows(CudaException.class, () -> a.add(x, x)).code());
            a.add(x, x);
            String add = "push 0 add [2] F32 from x [2] F32, x [2] F32";
            assertEquals(List.of(add, "pop 0", add, "pop 0"), log());
        }
    }

    @Test
    void nothingIsToldUnlessAskedFor() {
        try (CudaBackend backend = open(BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            Nvtx.open();
            log();
            a.fill(DType.F32, 1, 2);
            assertEquals(List.of(), log());
            assertEquals(CudaOps.class, backend.ops().getClass());
        }
    }

    /** A replay queues no operations. */
    @Test
    void namedWorkIsNotRecorded() {
        try (Backend named = open(ON);
                Backend plain = open(BackendOptions.defaults());
                Recording recording = plain.recording()) {
            assertNotNull(recording);
            assertNull(named.recording());
            assertNull(named.planning().recording());
        }
    }

    @Test
    void unusableLibraryIsOneErrorAndLeavesNothingOpen(@TempDir Path folder) throws IOException {
        FakeDriver.driver().close();
        String libraries = System.getProperty("fsvideo.cuda.libs");
        Files.writeString(folder.resolve("libnvtx3interop.so.1"), "not a library");
        System.setProperty("fsvideo.cuda.libs", folder + ":" + libraries);
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 20);
        try {
            String message = assertThrows(NativeLibraryException.class, () -> new CudaBackend("named", driver, ON))
                    .getMessage();
            assertTrue(
                    message.startsWith("cuda: " + folder + "/libnvtx3interop.so.1 must be a loadable library"),
                    message);
        } finally {
            System.setProperty("fsvideo.cuda.libs", libraries);
        }
        driver.close();
    }

    private static String probe(String nvtx) {
        return ChildProcess.java(
                        OpenProbe.class,
                        Map.of("FAKE_NVTX_PRINT", "1"),
                        List.of("-Dfsvideo.cuda.libs=" + FakeDriver.build(), "-Dfsvideo.cuda.nvtx=" + nvtx),
                        "cuda:0")
                .output();
    }

    @Test
    void propertyOfTheProcessTurnsItOn() {
        String on = probe("true");
        assertTrue(on.contains("push 0 add [1] F32 from x [1] F32, x [1] F32\npop 0\n"), on);
        String off = probe("false");
        assertTrue(!off.contains("push") && !off.contains("pop"), off);
        String wrong = probe("yes");
        assertTrue(wrong.contains("BackendException: cuda: -Dfsvideo.cuda.nvtx must be true or false, got yes"), wrong);
    }

    @Test
    void absentTensorsAndNumbersAreNotNamed() {
        try (Backend backend = open(BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            Tensor x = a.alloc("x", DType.BF16, Shape.of(1, 0, 4));
            assertEquals(
                    "rmsNorm [1, 0, 4] BF16 from x [1, 0, 4] BF16",
                    Nvtx.name("rmsNorm", new Object[] {x, x, null, 1e-6f}));
        }
    }
}
