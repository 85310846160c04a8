package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraCommandTest {
    private static final String WEIGHT = "blocks.0.self_attn.q.weight";
    private static final float[] DOWN = {1, 2, 3, 0, -1, 4};
    private static final float[] UP = {1, 0, 2, 1, -3, 5, 0.5f, 0.25f};

    @TempDir
    Path folder;

    private Path write(String name, Map<String, float[]> tensors, Map<String, long[]> shapes) {
        Map<String, Declared> declared = new TreeMap<>();
        tensors.forEach((key, values) -> declared.put(key, new Declared(DType.F32, Shape.of(shapes.get(key)))));
        Path file = folder.resolve(name);
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            tensors.forEach((key, values) -> writer.write(key, values, 0, values.length));
            writer.commit();
        }
        return file;
    }

    /** {@code [4, 3]}: 0 .. 11, and a bias that stays. */
    private Path model() {
        float[] weight = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        return write(
                "model.safetensors",
                Map.of(WEIGHT, weight, "blocks.0.self_attn.q.bias", new float[] {1, 2, 3, 4}),
                Map.of(WEIGHT, new long[] {4, 3}, "blocks.0.self_attn.q.bias", new long[] {4}));
    }

    private Path lora(String down, String up, String alpha) {
        Map<String, float[]> tensors = new TreeMap<>(Map.of(down, DOWN, up, UP));
        Map<String, long[]> shapes = new TreeMap<>(Map.of(down, new long[] {2, 3}, up, new long[] {4, 2}));
        if (alpha != null) {
            tensors.put(alpha, new float[] {6});
            shapes.put(alpha, new long[0]);
        }
        return write("lora.safetensors", tensors, shapes);
    }

    private void assertMerged(CommandRun run, float factor) {
        assertEquals(0, run.exitCode(), run.err());
        float[] expected = new float[12];
        for (int i = 0; i < 12; i++) {
            float product = UP[i / 3 * 2] * DOWN[i % 3] + UP[i / 3 * 2 + 1] * DOWN[3 + i % 3];
            expected[i] = i + factor * product;
        }
        try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
            assertArrayEquals(expected, out.floats(WEIGHT));
            assertArrayEquals(new float[] {1, 2, 3, 4}, out.floats("blocks.0.self_attn.q.bias"));
        }
    }

    private CommandRun merge(Path lora, Object... more) {
        Path out = folder.resolve("out");
        return more.length == 0
                ? CommandRun.of("weights", "lora", model(), lora, "--out", out)
                : CommandRun.of("weights", "lora", model(), lora, "--out", out, more[0], more[1]);
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_blocks_0_self_attn_q, lora_down.weight, lora_up.weight, alpha",
        "base_model.model.blocks.0.self_attn.q, lora_A.weight, lora_B.weight,",
        "base_model.model.blocks.0.self_attn.q, lora_A.default.weight, lora_B.default.weight,",
        "transformer.blocks.0.attn1.to_q, lora_A.weight, lora_B.weight, alpha",
        "diffusion_model.blocks.0.self_attn.q, lora_down.weight, lora_up.weight, alpha",
    })
    void everyDialectAddsTheSame(String module, String down, String up, String alpha) {
        String key = alpha == null ? null : module + "." + alpha;
        Path lora = lora(module + "." + down, module + "." + up, key);
        assertMerged(merge(lora, "--strength", "0.5"), 0.5f * (alpha == null ? 1 : 3));
    }

    @Test
    void theConfigBesideTheFileHasAlpha() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{\"lora_alpha\": 8, \"r\": 2}");
        String module = "base_model.model.blocks.0.self_attn.q";
        assertMerged(merge(lora(module + ".lora_A.weight", module + ".lora_B.weight", null)), 4);
    }

    @Test
    void namesThatMatchNothingAreListed() {
        String module = "diffusion_model.blocks.0.self_attn.q";
        Path lora = lora(module + ".lora_A.weight", module + ".lora_B.weight", "text_encoder.q.alpha");
        CommandRun refused = merge(lora);
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("got 1 that are and 1 that are not: [text_encoder.q.alpha]"), refused.err());
        assertFalse(Files.exists(folder.resolve("out")));
        CommandRun run = merge(lora, "--skip-unmatched", "--strength=1");
        assertMerged(run, 1);
        assertTrue(run.out().contains("not in the transformer: text_encoder.q.alpha"), run.out());
    }

    @Test
    void halvesAndWrongShapesAreRefused() {
        String module = "diffusion_model.blocks.0.self_attn.q";
        CommandRun half = merge(lora(module + ".lora_A.weight", "diffusion_model.blocks.1.q.lora_B.weight", null));
        assertTrue(half.err().contains("got 0 that are and 2 that are not"), half.err());
        CommandRun swapped = merge(lora(module + ".lora_B.weight", module + ".lora_A.weight", null));
        assertEquals(1, swapped.exitCode());
        assertTrue(swapped.err().contains("must be [out, rank] and [rank, in] for [4, 3], got [2, 3] and [4, 2]"));
        assertFalse(Files.exists(folder.resolve("out")));
    }
}
