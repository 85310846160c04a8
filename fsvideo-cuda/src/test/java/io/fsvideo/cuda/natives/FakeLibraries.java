package io.fsvideo.cuda.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Builds stand-ins for NVIDIA's libraries with the host's compiler. */
final class FakeLibraries {
    private static final Path SOURCES = Path.of("src", "test", "native");

    private FakeLibraries() {}

    /** A driver that reports {@code version}. */
    static Path driver(Path folder, int version) {
        return build(folder, "libcuda.so.1", "", "CUDA=" + version);
    }

    /** cuBLAS with its versioned symbols, and cublasLt beside it. */
    static void blas(Path folder, int major) {
        build(folder, "libcublasLt.so." + major, "libcublasLt.so." + major);
        build(folder, "libcublas.so." + major, "libcublas.so." + major, "CUBLAS=" + (major * 10000));
    }

    static Path dnn(Path folder, int major) {
        return build(folder, "libcudnn.so." + major, "libcudnn.so." + major, "CUDNN=" + (major * 10000));
    }

    /** cuDNN 9 whose functions need {@code part} loaded, which lies beside it. */
    static void dnnOfParts(Path folder, String part) {
        build(folder, part, part);
        build(folder, "libcudnn.so.9", "libcudnn.so.9", "CUDNN=90100", "CUDNN_PART=\"" + part + "\"");
    }

    /** NVTX under the name it had, or has now. */
    static Path nvtx(Path folder, String soname) {
        return build("nvtx.cpp", folder, soname, "");
    }

    /** A library that says so when it is loaded. */
    static Path planted(Path folder, String fileName) {
        return build(folder, fileName, "", "PLANTED");
    }

    private static Path build(Path folder, String soname, String version, String... defines) {
        return build("libraries.c", folder, soname, version, defines);
    }

    private static Path build(String source, Path folder, String soname, String version, String... defines) {
        Path file = folder.resolve(soname);
        try {
            Files.createDirectories(folder);
            List<String> command = new ArrayList<>(List.of(
                    "g++",
                    "-x",
                    source.endsWith(".c") ? "c" : "c++",
                    "-shared",
                    "-fPIC",
                    "-O1",
                    "-Wl,-soname," + soname,
                    "-o",
                    file.toString()));
            if (!version.isEmpty()) {
                Path script = Files.writeString(folder.resolve(soname + ".map"), version + " { global: *; };");
                command.add("-Wl,--version-script," + script);
            }
            Arrays.stream(defines).map(define -> "-D" + define).forEach(command::add);
            command.add(SOURCES.resolve(source).toString());
            ChildProcess.Result result = ChildProcess.run(Map.of(), command);
            if (result.status() != 0) {
                throw new AssertionError(
                        "building " + soname + ": install g++ (Debian: apt-get install g++)\n" + result.output());
            }
            Files.deleteIfExists(folder.resolve(soname + ".map"));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
