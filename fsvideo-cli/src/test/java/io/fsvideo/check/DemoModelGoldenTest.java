package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The committed weights of {@code models/demo} against reference runs of them: one encode, one decode, one step of the base model. */
class DemoModelGoldenTest {
    private static final Path GOLDENS = Path.of("../fsvideo-core/src/test/resources/golden");

    @ParameterizedTest
    @ValueSource(strings = {"demo-autoencoder", "demo-transformer"})
    void matchesTheReferenceRun(String name) {
        CheckReport report = run(GOLDENS.resolve(name));
        assertTrue(report.passed(), report::table);
    }

    /** A golden that other weights passed would prove nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"demo-autoencoder", "demo-transformer"})
    void otherWeightsFail(String name, @TempDir Path directory) throws IOException {
        Path golden = GOLDENS.resolve(name);
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) mapper.readTree(golden.resolve("config.json").toFile());
        byte[] weights = Files.readAllBytes(golden.resolve(config.get("weights").asText()));
        negateSome(weights);
        Files.write(directory.resolve("weights.safetensors"), weights);
        config.remove("weights");
        mapper.writeValue(directory.resolve("config.json").toFile(), config);
        Files.copy(golden.resolve("io.safetensors"), directory.resolve("io.safetensors"));
        CheckReport report = run(directory);
        assertFalse(report.passed(), report::table);
    }

    /** Flips the sign of one BF16 number in a thousand; the header keeps its place. */
    private static void negateSome(byte[] file) {
        int header = 8 + (file[0] & 0xff) + 256 * (file[1] & 0xff) + 65536 * (file[2] & 0xff);
        for (int i = header + 1; i < file.length; i += 2000) {
            file[i] ^= (byte) 0x80;
        }
    }

    private static CheckReport run(Path golden) {
        try (Backend backend = Backend.open(System.getProperty("fsvideo.backend", "cpu"))) {
            CheckReport report = GoldenChecks.run(golden, backend);
            assertEquals(0, backend.bytesInUse(), "bytes left on the backend");
            return report;
        }
    }
}
