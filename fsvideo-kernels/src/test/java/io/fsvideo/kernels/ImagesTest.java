package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build of GPU images: what is taken prebuilt, what without nvcc, and the images for drivers of CUDA 12. */
class ImagesTest {
    @TempDir
    Path folder;

    private Path sources;
    private Path prebuilt;
    private Path out;

    @BeforeEach
    void writeAKernel() throws IOException {
        sources = Files.createDirectory(folder.resolve("sources"));
        prebuilt = Files.createDirectory(folder.resolve("prebuilt"));
        out = folder.resolve("out");
        Files.writeString(sources.resolve("twice.cu"), "// twice: out = 2 x\n#include \"shared.cuh\"\nint code;\n");
        Files.writeString(sources.resolve("shared.cuh"), "int shared; // of several\n");
        String hash = script("--hash", "twice").strip();
        Files.writeString(prebuilt.resolve("twice.fatbin"), "image");
        Files.writeString(prebuilt.resolve("twice.cuda12.fatbin"), "image of CUDA 12");
        Files.writeString(prebuilt.resolve("HASHES"), hash + "  twice.fatbin\n" + hash + "  twice.cuda12.fatbin\n");
    }

    @Test
    void withoutNvccPrebuiltImagesOfTheSameCodeAreTaken() throws IOException {
        Files.writeString(sources.resolve("shared.cuh"), "int shared; // other words\n\n");
        assertTrue(script(out.toString())
                .startsWith("fsvideo-kernels: GPU images: 2 prebuilt, 0 built by nvcc, 21 bytes"));
        assertEquals("image", Files.readString(out.resolve("twice.fatbin")));
        assertEquals("image of CUDA 12", Files.readString(out.resolve("twice.cuda12.fatbin")));
    }

    @Test
    void withoutNvccOlderImagesAreNotTakenAndTheBuildSaysSo() throws IOException {
        script(out.toString());
        Files.writeString(sources.resolve("shared.cuh"), "long shared;\n");
        String output = script(out.toString());
        assertTrue(output.contains("no GPU images of: twice: nvcc or make is missing; everything else works"), output);
        assertTrue(output.contains("WARNING: prebuilt images older than their sources, not used"), output);
        assertFalse(Files.exists(out.resolve("twice.fatbin")), "an older image must not stay behind");
        assertFalse(Files.exists(out.resolve("twice.cuda12.fatbin")), "an older image must not stay behind");
    }

    @Test
    void ptxIsAssembledForDriversOfCuda12() throws IOException {
        String nvcc = System.getenv().getOrDefault("NVCC", "nvcc");
        assumeTrue(NativeBuild.run(nvcc, "--version").status() == 0, "needs nvcc to make PTX; no GPU");
        String jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.contains("jcuda"))
                .sorted()
                .collect(Collectors.joining(File.pathSeparator));
        Path image = folder.resolve("rms_norm.cuda12.fatbin");
        NativeBuild.Result result =
                NativeBuild.run("src/build/cuda12.sh", "src/main/cuda/rms_norm.cu", image.toString(), jars);
        assertEquals(0, result.status(), result.output());
        assertEquals((byte) 0x50, Files.readAllBytes(image)[0]);
    }

    /** The output of images.sh where there is no nvcc; it must succeed. */
    private String script(String... arguments) {
        String[] command = new String[arguments.length + 2];
        command[0] = "sh";
        command[1] = "images.sh";
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        Map<String, String> environment =
                Map.of("CUDA_SOURCES", sources.toString(), "PREBUILT", prebuilt.toString(), "NVCC", "absent-nvcc");
        NativeBuild.Result result = NativeBuild.run(environment, command);
        assertEquals(0, result.status(), result.output());
        return result.output();
    }
}
