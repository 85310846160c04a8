package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The autoencoder family against reference runs. */
class AutoencoderGoldenTest {
    private static final Path GOLDENS = Path.of("../fsvideo-core/src/test/resources/golden");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fsae-ops",
                "fsae-standard",
                "fsae-standard-128x64",
                "fsae-lite",
                "fsae-mixed",
                "latent-upsampler",
                "dcae",
                "dcae-pixel-shuffle"
            })
    void matchesTheReferenceRun(String name) {
        try (Backend backend = Backend.open(System.getProperty("fsvideo.backend", "cpu"))) {
            CheckReport report = GoldenChecks.run(GOLDENS.resolve(name), backend);
            assertTrue(report.passed(), report::table);
            assertEquals(0, backend.bytesInUse(), "bytes left on the backend");
            System.getLogger("golden").log(System.Logger.Level.INFO, report.table());
        }
    }
}
