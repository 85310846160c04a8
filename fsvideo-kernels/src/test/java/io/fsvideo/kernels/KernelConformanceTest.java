package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every kernel against its float64 definition on the emulator: two schedules times two deliveries, once under
 * AddressSanitizer and once under the race checker. The tests themselves are {@code src/test/cpp/<kernel>_test.cpp}.
 */
class KernelConformanceTest {
    private static final List<String> MODES = List.of("plain", "asan", "race");
    private static final String CONTRACT = "contract";

    @BeforeAll
    static void build() {
        NativeBuild.make("tests");
    }

    @Test
    void everyKernelHasTests() {
        assertEquals(NativeBuild.kernels(), testedKernels());
    }

    @TestFactory
    Stream<DynamicNode> kernels() {
        List<String> kernels = new ArrayList<>(testedKernels());
        kernels.addAll(NativeBuild.stems("src/test/cuda", ".cu"));
        return kernels.stream().map(kernel -> DynamicContainer.dynamicContainer(kernel, parts(kernel)));
    }

    /** Made one after the other: each part runs its program before the next is made. */
    private static Stream<DynamicNode> parts(String kernel) {
        boolean probe = !testedKernels().contains(kernel);
        return Stream.concat(MODES.stream(), probe ? Stream.empty() : Stream.of(CONTRACT))
                .map(part -> DynamicContainer.dynamicContainer(
                        part, part.equals(CONTRACT) ? contract(kernel) : run(kernel, part)));
    }

    /** Runs after the plain mode, which writes the launches of its tests. */
    private static List<DynamicTest> contract(String kernel) {
        try {
            return RecordedContract.tests(KernelImage.of(kernel), Files.readAllLines(record(kernel)));
        } catch (IOException e) {
            throw new UncheckedIOException(kernel + ": its launches were not recorded", e);
        }
    }

    private static Path record(String kernel) {
        return NativeBuild.OUT.resolve("plain").resolve(kernel + ".launches");
    }

    private static List<DynamicTest> run(String kernel, String mode) {
        String program = NativeBuild.OUT.resolve(mode).resolve(kernel + "_test").toString();
        NativeBuild.Result result = mode.equals("plain")
                ? NativeBuild.run(
                        program, "--mode", mode, "--record", record(kernel).toString())
                : NativeBuild.run(program, "--mode", mode);
        List<DynamicTest> tests = new ArrayList<>();
        long failures = 0;
        for (String line : result.output().split("\n")) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("ok ") || line.startsWith("FAIL ")) {
                tests.add(DynamicTest.dynamicTest(words[2], () -> {
                    if (words[0].equals("FAIL")) {
                        fail(kernel + " " + mode + ": " + line);
                    }
                }));
                failures += words[0].equals("FAIL") ? 1 : 0;
            }
        }
        boolean explained = result.status() == 0 || failures > 0;
        int count = tests.size();
        tests.add(DynamicTest.dynamicTest("ran to its end", () -> {
            if (!explained || count == 0) {
                fail(kernel + " " + mode + ": status " + result.status() + "\n" + result.output());
            }
        }));
        return tests;
    }

    /** Kernels with a test program, without the probes in {@code src/test/cuda}. */
    private static List<String> testedKernels() {
        List<String> names = new ArrayList<>(NativeBuild.stems("src/test/cpp", "_test.cpp"));
        names.removeAll(NativeBuild.stems("src/test/cuda", ".cu"));
        return names;
    }
}
