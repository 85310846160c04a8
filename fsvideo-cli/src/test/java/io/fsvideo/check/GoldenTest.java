package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reference runs of transformer, encoders and samplers kept with the tests. */
class GoldenTest {
    static final Path GOLDENS = Path.of("../fsvideo-core/src/test/resources/golden");

    /** @param tensors outputs and intermediates compared, so that none is lost unnoticed */
    @ParameterizedTest
    @CsvSource({
        "wan-t2v, 16",
        "wan-t2v-batch, 16",
        "wan-i2v, 20",
        "wan-i2v-batch, 20",
        "fsvideo-dit, 24",
        "umt5-encoder, 8",
        "clip-vision, 7",
        "sampler, 76",
        "wan-vae, 23",
        "dcaev, 8"
    })
    void matchesTheReferenceRun(String name, int tensors) {
        try (Backend backend = Backend.open(TestArena.backendName())) {
            CheckReport report = GoldenChecks.run(GOLDENS.resolve(name), backend);
            assertTrue(report.passed(), report::table);
            assertEquals(tensors, report.rows().size(), report::table);
            assertEquals(0, backend.bytesInUse(), "bytes left on the backend");
        }
    }
}
