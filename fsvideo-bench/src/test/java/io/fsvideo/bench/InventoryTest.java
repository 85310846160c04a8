package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Ops;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every operation has a kernel, a conformance test and a bench of its name, or a reason why not. */
class InventoryTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    /** Operations without a kernel of their own, and why. */
    private static final Map<String, String> WITHOUT_KERNEL = Map.of(
            "linear", "several kernels by shape and dtype: gemm, gemm_few, gemm_simt, gemm_fp8",
            "linearGatedAdd", "the end of gemm, or gated_add behind the others",
            "pack", "copies and casts: the permute and cast kernels");

    private static Set<String> operations() {
        return Arrays.stream(Ops.class.getDeclaredMethods())
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String className(String operation) {
        return Character.toUpperCase(operation.charAt(0)) + operation.substring(1);
    }

    /** {@code pixelShuffle3d -> pixel_shuffle_3d}. */
    private static String kernelName(String operation) {
        return operation.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase().replaceFirst("shuffle3d", "shuffle_3d");
    }

    private static Set<String> missing(Predicate<String> present) {
        return operations().stream().filter(present.negate()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyOperationHasAKernel() {
        Path folder = ROOT.resolve("fsvideo-kernels/src/main/cuda");
        assertTrue(Files.isDirectory(folder), folder::toString);
        assertEquals(
                new TreeSet<>(WITHOUT_KERNEL.keySet()),
                missing(operation -> Files.exists(folder.resolve(kernelName(operation) + ".cu"))));
    }

    @Test
    void everyOperationHasAConformanceTest() {
        Path folder = ROOT.resolve("fsvideo-core/src/test/java/io/fsvideo/conformance");
        assertTrue(Files.isDirectory(folder), folder::toString);
        assertEquals(Set.of(), missing(operation -> Files.exists(folder.resolve(className(operation) + "Test.java"))));
    }

    @Test
    void everyOperationHasABench() {
        Set<String> benches = new TreeSet<>(BenchRun.names(""));
        assertEquals(Set.of(), missing(operation -> benches.contains(className(operation) + "Bench")));
    }
}
