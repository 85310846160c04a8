package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Bugs planted in the kernels: each line of {@code src/test/mutants/mutants.txt} still fits its source, and those marked
 * with a star are caught by a test. {@code make mutants} plants all of them.
 */
class MutantsTest {
    private static final String RUN = "src/test/mutants/run.sh";
    private static final int WANTED = 50;
    /** Columns of a row of the table with the kernel and the bug. */
    private static final int NAME = 67;

    @Test
    void everyBugFitsItsSourceOnce() throws IOException {
        NativeBuild.Result result = NativeBuild.run("sh", RUN, "--plant-only");
        assertEquals(0, result.status(), result.output());
        int bugs = Files.readAllLines(Path.of("target", "mutants", "list.txt")).size();
        assertTrue(bugs >= WANTED, bugs + " planted bugs, wanted " + WANTED);
    }

    @TestFactory
    Stream<DynamicTest> starredBugsAreCaught() {
        NativeBuild.Result result = NativeBuild.run("sh", RUN, "--verify");
        List<String> rows = result.output()
                .lines()
                .filter(row -> row.contains(" | ") || row.contains("MISSED"))
                .skip(1)
                .toList();
        return Stream.concat(
                rows.stream()
                        .map(row -> DynamicTest.dynamicTest(
                                row.substring(0, Math.min(NAME, row.length())),
                                () -> assertFalse(row.contains("MISSED"), row))),
                Stream.of(DynamicTest.dynamicTest(
                        "none is missed", () -> assertEquals(0, result.status(), result.output()))));
    }
}
