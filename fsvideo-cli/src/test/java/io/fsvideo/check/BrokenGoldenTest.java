package io.fsvideo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A comparison that cannot fail proves nothing: goldens damaged on purpose must fail, and say where. */
class BrokenGoldenTest {
    @TempDir
    private Path directory;

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectories(directory.resolve(name));
        try (var files = Files.list(GoldenTest.GOLDENS.resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static CheckReport run(Path golden) {
        try (Backend backend = Backend.open(TestArena.backendName())) {
            return GoldenChecks.run(golden, backend);
        }
    }

    /** Overwrites element {@code index} of {@code tensor}. */
    private static void set(Path golden, String tensor, int index, float value) throws IOException {
        Path io = golden.resolve("io.safetensors");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(io)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode entries = new ObjectMapper().readTree(bytes.array(), 8, header);
        int at = entries.path(tensor).path("data_offsets").path(0).asInt();
        bytes.putFloat(8 + header + at + 4 * index, value);
        Files.write(io, bytes.array());
    }

    private static void changeConfig(Path golden, Consumer<ObjectNode> change) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) mapper.readTree(golden.resolve("config.json").toFile());
        change.accept(config);
        mapper.writeValue(golden.resolve("config.json").toFile(), config);
    }

    private static void assertFirstFailure(String tensor, CheckReport report) {
        assertFalse(report.passed());
        assertEquals(tensor, report.firstFailure().orElseThrow().tensor());
        assertTrue(report.table().contains("first failure " + tensor), report::table);
    }

    @Test
    void oneValueBeyondItsToleranceFails() throws IOException {
        Path golden = copy("wan-t2v");
        set(golden, "output.x", 700, 1e3f);
        CheckReport report = run(golden);
        assertFirstFailure("output.x", report);
        assertEquals(1, report.rows().stream().filter(row -> !row.passed()).count());
        assertTrue(report.worstRatio() > 1e6);
    }

    @Test
    void aNanFailsWhereverItIs() throws IOException {
        Path golden = copy("wan-t2v");
        set(golden, "debug.block1", 3, Float.NaN);
        set(golden, "output.x", 0, Float.NaN);
        CheckReport report = run(golden);
        assertFirstFailure("debug.block1", report);
        assertTrue(Double.isNaN(report.worstRatio()));
        assertTrue(report.table().contains("element 3 must be NaN, got "), report::table);
    }

    @Test
    void anInputThatMakesNanFails() throws IOException {
        Path golden = copy("clip-vision");
        set(golden, "input.image", 0, Float.NaN);
        assertFirstFailure("output.pixels", run(golden));
    }

    @Test
    void anInfiniteErrorFails() throws IOException {
        Path golden = copy("clip-vision");
        set(golden, "output.features", 5, Float.POSITIVE_INFINITY);
        assertFirstFailure("output.features", run(golden));
    }

    @Test
    void aToleranceOfZeroIsMet() throws IOException {
        Path golden = copy("sampler");
        set(golden, "output.schedule.s4.shift5.timesteps", 1, 936);
        assertFirstFailure("output.schedule.s4.shift5.timesteps", run(golden));
    }

    @Test
    void anOutputThatIsNotProducedFails() throws IOException {
        Path golden = copy("sampler");
        changeConfig(golden, config -> config.putArray("schedules"));
        CheckReport report = run(golden);
        assertFirstFailure("output.schedule.s1.shift5.sigmas", report);
        assertTrue(report.table().contains("must be produced, got nothing"), report::table);
    }

    @Test
    void aMissingToleranceFails() throws IOException {
        Path golden = copy("clip-vision");
        changeConfig(golden, config -> ((ObjectNode) config.get("tolerance")).remove("debug.block1"));
        assertFirstFailure("debug.block1", run(golden));
    }

    @Test
    void anUnknownIntermediateIsListed() throws IOException {
        Path golden = copy("clip-vision");
        Path io = golden.resolve("io.safetensors");
        String text = Files.readString(io, StandardCharsets.ISO_8859_1);
        Files.writeString(io, text.replace("debug.block1\"", "debug.blockX\""), StandardCharsets.ISO_8859_1);
        CheckReport report = run(golden);
        assertTrue(report.passed(), report::table);
        assertEquals(List.of("debug.blockX"), report.skipped());
    }

    @Test
    void anOutputMayBeAbsent() throws IOException {
        Path golden = copy("wan-t2v");
        Path io = golden.resolve("io.safetensors");
        String text = Files.readString(io, StandardCharsets.ISO_8859_1);
        Files.writeString(io, text.replace("\"output.x\"", "\"input.zz\""), StandardCharsets.ISO_8859_1);
        CheckReport report = run(golden);
        assertTrue(report.passed(), report::table);
        assertEquals(15, report.rows().size(), report::table);
    }

    @Test
    void aModelOfAnotherSizeIsRefused() throws IOException {
        Path golden = copy("wan-t2v");
        changeConfig(golden, config -> config.put("num_layers", 2));
        String message = assertThrows(WeightsException.class, () -> run(golden)).getMessage();
        assertTrue(message.contains("unused") && message.contains("blocks.2."), message);
    }

    @Test
    void anUnknownKindIsRefused() throws IOException {
        Path golden = copy("clip-vision");
        changeConfig(golden, config -> config.put("kind", "gan"));
        String message = assertThrows(GoldenException.class, () -> run(golden)).getMessage();
        assertTrue(message.contains("must be one of [clip, ") && message.endsWith(", got \"gan\""), message);
    }

    @Test
    void aDirectoryWithoutAGoldenIsRefused() {
        String message =
                assertThrows(GoldenException.class, () -> run(directory)).getMessage();
        assertTrue(message.contains("must hold config.json and io.safetensors"), message);
        Path nowhere = directory.resolve("nowhere");
        assertTrue(assertThrows(GoldenException.class, () -> run(nowhere))
                .getMessage()
                .endsWith("no such directory"));
    }
}
