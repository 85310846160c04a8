package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.SmallModel;
import io.fsvideo.cli.CommandRun;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** inspect, diff, check and plan. */
class CheckpointCommandsTest {
    private static final Path GOLDENS = Path.of("../fsvideo-core/src/test/resources/golden");

    @TempDir
    Path folder;

    private Path write(String name, Map<String, float[]> tensors) {
        Map<String, Declared> declared = new TreeMap<>();
        tensors.forEach((key, values) -> declared.put(key, new Declared(DType.F32, Shape.of(values.length))));
        Path file = folder.resolve(name);
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            tensors.forEach((key, values) -> writer.write(key, values, 0, values.length));
            writer.commit();
        }
        return file;
    }

    @Test
    void ggufIsReadAsItsValues() {
        Path gguf = Path.of("../fsvideo-core/src/test/resources/weights/gguf/types.gguf");
        Path values = gguf.resolveSibling("types.safetensors");
        CommandRun diff = CommandRun.of("weights", "diff", gguf, values, "--atol", 0, "--rtol", 0);
        assertEquals(0, diff.exitCode(), diff.out() + diff.err());
        CommandRun inspect = CommandRun.of("weights", "inspect", gguf);
        assertEquals(0, inspect.exitCode(), inspect.err());
        assertTrue(inspect.out().contains("blocks.0.q5_k.weight"), inspect.out());
    }

    private JsonNode inspected(Path checkpoint) throws IOException {
        Path json = folder.resolve("inspected.json");
        CommandRun run = CommandRun.of("weights", "inspect", checkpoint, "--json", json);
        assertEquals(0, run.exitCode(), run.err());
        return new ObjectMapper().readTree(Files.readString(json));
    }

    @Test
    void statisticsCountWhatIsNotFinite() throws IOException {
        float[] values = {1, -3, 0, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 4, 0};
        JsonNode json = inspected(write("a.safetensors", Map.of("x.y.z", values, "empty", new float[0])));
        JsonNode row = json.path("rows").path(1);
        assertEquals("x.y.z", row.path("name").asText());
        assertEquals(-3, row.path("least").asDouble());
        assertEquals(4, row.path("greatest").asDouble());
        assertEquals(0.4, row.path("mean").asDouble(), 1e-12);
        assertEquals(Math.sqrt(26 / 5.0 - 0.16), row.path("deviation").asDouble(), 1e-12);
        assertEquals(2, row.path("zeros").asInt());
        assertEquals(1, row.path("nan").asInt());
        assertEquals(2, row.path("infinite").asInt());
        assertEquals(8, json.path("parameters").asInt());
        assertEquals("NaN", json.path("rows").path(0).path("mean").asText());
        assertEquals("[\"no model known here\"]", json.path("looks_like").toString());
    }

    @Test
    void valuesLongerThanABlockAreAllRead() throws IOException {
        float[] values = new float[(1 << 16) + 257];
        values[values.length - 1] = 7;
        JsonNode row = inspected(write("a.safetensors", Map.of("x", values)))
                .path("rows")
                .path(0);
        assertEquals(7, row.path("greatest").asDouble());
        assertEquals(7.0 / values.length, row.path("mean").asDouble(), 1e-12);
        assertEquals(values.length - 1, row.path("zeros").asInt());
    }

    @Test
    void modelsAreKnownByTheirNames() throws IOException {
        assertLooksLike(
                "Wan2.1 transformer, image to video, dim 56, ffn 96, 3 layers, in 36, patch (1, 2, 2), out 16",
                "wan-i2v");
        assertLooksLike("FSVideo autoencoder, 8 latent channels", "fsae-lite");
        assertLooksLike("DC-AE, 8 latent channels", "dcae");
        assertLooksLike("DC-AE-V, 8 latent channels", "dcaev");
        assertLooksLike("CLIP vision tower, dim 48, patch 7, 4 layers", "clip-vision");
        JsonNode parts = inspected(SmallModel.directory()).path("looks_like");
        assertEquals(6, parts.size(), parts.toString());
        assertTrue(
                parts.toString().contains("transformer: FSVideo transformer with layer memory, image to video, dim "));
    }

    private void assertLooksLike(String expected, String golden) throws IOException {
        JsonNode json = inspected(GOLDENS.resolve(golden).resolve("weights.safetensors"));
        assertEquals("[\"" + expected + "\"]", json.path("looks_like").toString());
    }

    @Test
    void diffOrdersByDistanceAndHoldsTolerances() {
        float[] far = {1, 2, 8};
        Path a = write("a.safetensors", Map.of("same", new float[] {1, 2}, "near", new float[] {4}, "far", far));
        Path b = write(
                "b.safetensors",
                Map.of("same", new float[] {1, 2}, "near", new float[] {4.5f}, "far", new float[] {1, 4, 8}));
        CommandRun equal = CommandRun.of("weights", "diff", a, a);
        assertEquals(0, equal.exitCode(), equal.err());
        assertTrue(equal.out().contains("3 of 3 tensors are equal"), equal.out());
        CommandRun differ = CommandRun.of("weights", "diff", a, b);
        assertEquals(1, differ.exitCode());
        assertTrue(differ.out().indexOf("far ") < differ.out().indexOf("near "), differ.out());
        assertTrue(differ.out().contains("1 of 3 tensors are equal, 2 beyond the tolerances"), differ.out());
        assertTrue(
                differ.err().contains("error: diff: " + a + " and " + b + " must agree, got 2 tensors"), differ.err());
        assertEquals(0, CommandRun.of("weights", "diff", a, b, "--rtol", "0.25").exitCode());
        assertEquals(1, CommandRun.of("weights", "diff", a, b, "--rtol", "0.24").exitCode());
        assertEquals(0, CommandRun.of("weights", "diff", a, b, "--atol", "2").exitCode());
        assertEquals(1, CommandRun.of("weights", "diff", a, b, "--atol", "1.9").exitCode());
    }

    @Test
    void diffSeesWhatIsMissingMisshapedOrNotANumber() {
        Path a = write(
                "a.safetensors", Map.of("x", new float[] {1}, "only", new float[] {1}, "nan", new float[] {Float.NaN}));
        Path b = write("b.safetensors", Map.of("x", new float[] {1, 2}, "nan", new float[] {1}));
        CommandRun run = CommandRun.of("weights", "diff", a, b, "--atol", "1e30", "--rtol", "1e30");
        assertEquals(1, run.exitCode());
        assertTrue(run.out().contains("only in the first"), run.out());
        assertTrue(run.out().contains("shape [1] and [2]"), run.out());
        assertTrue(run.out().contains("0 of 3 tensors are equal, 3 beyond"), run.out());
        assertEquals(0, CommandRun.of("weights", "diff", a, a).exitCode(), "the same NaN");
    }

    @Test
    void checkTakesModelsAndGoldensAndNamesWhatIsWrong() throws IOException {
        Path copy = folder.resolve("model");
        copy(SmallModel.directory(), copy);
        assertEquals(
                0,
                CommandRun.of("weights", "check", copy, GOLDENS.resolve("sampler"))
                        .exitCode());
        Path part = copy.resolve("transformer/model.safetensors");
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length - 1] = 0x7f;
        bytes[bytes.length - 2] = (byte) 0xff;
        Files.write(part, bytes);
        CommandRun broken = CommandRun.of("weights", "check", copy);
        assertEquals(1, broken.exitCode());
        assertTrue(broken.err().contains("must be finite, got NaN or infinite ones in [transformer/"), broken.err());
        Files.copy(copy.resolve("latent_upsampler/model.safetensors"), part, StandardCopyOption.REPLACE_EXISTING);
        CommandRun wrong = CommandRun.of("weights", "check", copy);
        assertTrue(wrong.err().contains("must fit the model, got "), wrong.err());
        assertTrue(wrong.out().contains("FAIL " + copy), wrong.out());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
