package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.ConvolutionLibrary;
import io.fsvideo.tensor.ProductLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;

/**
 * Serves {@code cuda-bound}: the real bindings over a {@code libcuda.so.1} built from {@code driver.cpp}, whose device is the emulator; and
 * {@code cuda-bound-libraries}, where libraries built from {@code cublas.cpp} and {@code cudnn.cpp} multiply and convolve.
 */
public final class FakeDriver implements BackendProvider {
    static final String NAME = "cuda-bound";
    static final String WITH_LIBRARIES = "cuda-bound-libraries";

    private static final Path FOLDER = Path.of("target", "fake-driver").toAbsolutePath();
    private static final int REFUSE = 0x7000;

    /** A call that can be made to fail. */
    enum Call {
        LAUNCH,
        ALLOCATE,
        LOAD,
        SYNCHRONIZE,
        ENCODE
    }

    @Override
    public String names() {
        return NAME + ", " + WITH_LIBRARIES;
    }

    @Override
    public boolean serves(String name) {
        return NAME.equals(name) || WITH_LIBRARIES.equals(name);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        if (name.equals(NAME)) {
            return options.channel().size() == 1 ? new CudaBackend(name, driver(), options) : openWithNccl(options);
        }
        buildBlas();
        buildDnn();
        BackendOptions libraries =
                options.withProducts(ProductLibrary.CUBLAS).withConvolutions(ConvolutionLibrary.CUDNN);
        return new CudaBackend(name, driver(), libraries);
    }

    /** A rank of NCCL built from {@code nccl.cpp}; the channel may be of one rank. */
    static CudaBackend openWithNccl(BackendOptions options) {
        buildNccl();
        return CudaBackend.openWithNccl(NAME, driver(), options);
    }

    /** Linked to the driver, whose launches and events it can log. */
    private static synchronized void buildNccl() {
        Path folder = build();
        String driver = folder.resolve("libcuda.so.1").toString();
        library("nccl.cpp", folder.resolve("libnccl.so.2"), "-Wl,--no-as-needed", driver);
    }

    /** Puts NVTX beside the driver. */
    static synchronized Path buildNvtx() {
        return library("nvtx.cpp", build().resolve("libnvtx3interop.so.1"));
    }

    static CudaDriver driver() {
        System.setProperty("fsvideo.cuda.libs", build().toString());
        return CudaDriver.open(0, (kernel, capability, cuda) -> fatbin());
    }

    /** What a fatbin begins with; the driver takes the code from the emulator. */
    private static byte[] fatbin() {
        return ByteBuffer.allocate(64)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xba55ed50)
                .array();
    }

    /** Makes the next such call return {@code code}. */
    static void refuse(Call call, int code) {
        int status = JCudaDriver.cuCtxSetLimit(REFUSE + call.ordinal(), code);
        if (status != 0) {
            throw new AssertionError("the fake driver refused to refuse: " + status);
        }
    }

    /** The folder with the driver, built unless it is newer than what it is made of. */
    static synchronized Path build() {
        Path emulator = EmulatorBuild.file();
        Path driver = FOLDER.resolve("libcuda.so.1");
        Path source = Path.of("src", "test", "native", "driver.cpp");
        try {
            if (!Files.exists(driver) || newer(source, driver) || newer(emulator, driver)) {
                Files.createDirectories(FOLDER);
                compile(source, emulator, driver);
            }
            return FOLDER;
        } catch (IOException e) {
            throw new UncheckedIOException("fake driver: g++ must be installed", e);
        }
    }

    private static boolean newer(Path a, Path b) throws IOException {
        return Files.getLastModifiedTime(a).compareTo(Files.getLastModifiedTime(b)) > 0;
    }

    private static void compile(Path source, Path emulator, Path driver) throws IOException {
        run(
                "g++",
                "-std=c++17",
                "-O1",
                "-g1",
                "-shared",
                "-fPIC",
                "-Wall",
                "-I../fsvideo-kernels/src/emulator",
                "-Wl,-soname,libcuda.so.1",
                "-o",
                driver.toString(),
                source.toString(),
                emulator.toRealPath().toString());
    }

    /** Puts a cuBLAS of CUDA 13 beside the driver. */
    static synchronized void buildBlas() {
        Path blas = library("cublas.cpp", build().resolve("libcublas.so.13"));
        library("empty.cpp", blas.resolveSibling("libcublasLt.so.13"));
    }

    /** Puts cuDNN 9 beside the driver. */
    static synchronized void buildDnn() {
        library("cudnn.cpp", build().resolve("libcudnn.so.9"), "-DVERSION=9");
    }

    /** {@code file}, built unless it is newer than its source and what that includes. */
    static Path library(String name, Path file, String... options) {
        Path source = Path.of("src", "test", "native", name);
        try {
            if (!Files.exists(file) || newer(source, file) || newer(source.resolveSibling("numbers.h"), file)) {
                List<String> command =
                        new ArrayList<>(List.of("g++", "-std=c++17", "-O2", "-shared", "-fPIC", "-Wall"));
                command.addAll(List.of(options));
                command.addAll(List.of("-Wl,-soname," + file.getFileName(), "-o", file.toString(), source.toString()));
                run(command.toArray(String[]::new));
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("fake libraries: g++ must be installed", e);
        }
    }

    private static void run(String... command) throws IOException {
        Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(compiler.getInputStream().readAllBytes());
        try {
            if (compiler.waitFor() != 0) {
                throw new AssertionError("fake driver: g++ failed\n" + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("fake driver: interrupted while it was built", e);
        }
    }
}
