package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reference runs kept with the tests. */
class GoldenTest {
    static final Path GOLDENS = Path.of("src/test/resources/golden");

    @ParameterizedTest
    @ValueSource(
            strings = {"wan-t2v", "wan-t2v-batch", "wan-i2v", "fsvideo-dit", "umt5-encoder", "clip-vision", "sampler"})
    void matchesTheReferenceRun(String name) {
        try (Backend backend = Backend.open(System.getProperty("fsvideo.backend", "cpu"))) {
            CheckReport report = GoldenChecks.run(GOLDENS.resolve(name), backend);
            assertTrue(report.passed(), report::table);
            assertEquals(0, backend.bytesInUse(), "bytes left on the backend");
            System.getLogger("golden").log(System.Logger.Level.INFO, report.table());
        }
    }
}
