package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What ptxas said while the images were built: no kernel spills registers, has a stack or serialises its wgmma. */
class ImageReportTest {
    private static final Path REPORTS = NativeBuild.OUT.resolve("ptxas");
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
    private static final Pattern FRAME =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");

    @TestFactory
    Stream<DynamicTest> nothingSpills() {
        assumeTrue(KernelImage.of("layer_norm").hasImage(), "built without nvcc");
        return NativeBuild.kernels().stream()
                .map(kernel -> DynamicTest.dynamicTest(kernel, () -> {
                    assumeTrue(
                            Files.exists(report(kernel)), "a prebuilt image: make prebuilt has looked at its report");
                    assertClean(kernel, Files.readString(report(kernel)));
                }));
    }

    private static void assertClean(String kernel, String report) {
        List<MatchResult> entries = ENTRY.matcher(report).results().toList();
        List<MatchResult> frames = FRAME.matcher(report).results().toList();
        Set<String> onHopper = entries.stream()
                .filter(entry -> entry.group(2).equals("sm_90a"))
                .map(entry -> entry.group(1))
                .collect(Collectors.toSet());
        assertEquals(KernelImage.of(kernel).entries().keySet(), onHopper, report);
        assertEquals(entries.size(), frames.size(), report);
        for (int i = 0; i < entries.size(); i++) {
            String place = entries.get(i).group(1) + " " + entries.get(i).group(2);
            assertEquals(
                    "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads",
                    frames.get(i).group(),
                    place);
        }
        assertFalse(Pattern.compile("C75(08|10|19)").matcher(report).find(), report);
    }

    private static Path report(String kernel) {
        return REPORTS.resolve(kernel + ".txt");
    }
}
