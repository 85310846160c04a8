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
        "lora_unet_blocks_0.self_attn.q, lora_down.weight, lora_up.weight, alpha",
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
        Path broken = lora(module + ".lora_A.weight", "diffusion_model.blocks.1.q.lora_B.weight", null);
        CommandRun half = merge(broken, "--skip-unmatched", "--strength=1");
        assertEquals(1, half.exitCode());
        assertTrue(half.err().contains("factors of " + WEIGHT + " must be both there, got "), half.err());
        CommandRun swapped = merge(lora(module + ".lora_B.weight", module + ".lora_A.weight", null));
        assertEquals(1, swapped.exitCode());
        assertTrue(swapped.err().contains("must be [out, rank] and [rank, in] for [4, 3], got [2, 3] and [4, 2]"));
        assertFalse(Files.exists(folder.resolve("out")));
    }

    /** A transformer with a norm, a bias and a modulation, and expected values by arithmetic in float64. */
    private static final Map<String, long[]> SHAPES = Map.of(
            WEIGHT,
            new long[] {4, 3},
            "blocks.0.self_attn.q.bias",
            new long[] {4},
            "blocks.0.self_attn.norm_q.weight",
            new long[] {4},
            "blocks.0.modulation",
            new long[] {1, 6, 2});

    private static float[] numbers(int count, float first) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = first + i;
        }
        return numbers;
    }

    private Path largerModel() {
        Map<String, float[]> tensors = new TreeMap<>();
        SHAPES.forEach((name, shape) ->
                tensors.put(name, numbers((int) Shape.of(shape).numel(), 0)));
        return write("larger.safetensors", tensors, SHAPES);
    }

    private CommandRun mergeLarger(Map<String, float[]> tensors, Map<String, long[]> shapes, Object... more) {
        Object[] all = new Object[6 + more.length];
        System.arraycopy(
                new Object[] {
                    "weights",
                    "lora",
                    largerModel(),
                    write("lora.safetensors", tensors, shapes),
                    "--out",
                    folder.resolve("out")
                },
                0,
                all,
                0,
                6);
        System.arraycopy(more, 0, all, 6, more.length);
        return CommandRun.of(all);
    }

    @Test
    void differencesOfWeightsBiasesNormsAndModulationsAreAdded() {
        String q = "diffusion_model.blocks.0.self_attn.q";
        Map<String, float[]> tensors = new TreeMap<>(Map.of(
                q + ".lora_down.weight",
                DOWN,
                q + ".lora_up.weight",
                UP,
                q + ".diff_b",
                new float[] {1, 2, 3, 4},
                q + ".diff",
                numbers(12, 100),
                "diffusion_model.blocks.0.self_attn.norm_q.diff",
                new float[] {8, 6, 4, 2},
                "diffusion_model.blocks.0.diff_m",
                numbers(12, -50)));
        Map<String, long[]> shapes = Map.of(
                q + ".lora_down.weight",
                new long[] {2, 3},
                q + ".lora_up.weight",
                new long[] {4, 2},
                q + ".diff_b",
                new long[] {4},
                q + ".diff",
                new long[] {4, 3},
                "diffusion_model.blocks.0.self_attn.norm_q.diff",
                new long[] {4},
                "diffusion_model.blocks.0.diff_m",
                new long[] {1, 6, 2});
        CommandRun run = mergeLarger(tensors, shapes, "--strength", "0.5");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("4 parameters changed, 0 names skipped"), run.out());
        float[] weight = new float[12];
        for (int i = 0; i < 12; i++) {
            float product = UP[i / 3 * 2] * DOWN[i % 3] + UP[i / 3 * 2 + 1] * DOWN[3 + i % 3];
            weight[i] = i + 0.5f * (product + 100 + i);
        }
        try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
            assertArrayEquals(weight, out.floats(WEIGHT));
            assertArrayEquals(new float[] {0.5f, 2, 3.5f, 5}, out.floats("blocks.0.self_attn.q.bias"));
            assertArrayEquals(new float[] {4, 4, 4, 4}, out.floats("blocks.0.self_attn.norm_q.weight"));
            float[] modulation = out.floats("blocks.0.modulation");
            for (int i = 0; i < 12; i++) {
                assertEquals(i + 0.5f * (i - 50), modulation[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_blocks_0_self_attn_q, lora_down.weight, lora_up.weight, dora_scale, true, 1",
        "base_model.model.blocks.0.self_attn.q, lora_A.weight, lora_B.weight, lora_magnitude_vector, false, 1",
        "base_model.model.blocks.0.self_attn.q, lora_A.weight, lora_B.weight, lora_magnitude_vector.weight, false, 0.25",
    })
    void doraBringsRowsToTheirLengths(
            String module, String down, String up, String magnitude, boolean column, double strength) {
        float[] lengths = {2, 3, 0.5f, 1};
        Map<String, float[]> tensors =
                Map.of(module + "." + down, DOWN, module + "." + up, UP, module + "." + magnitude, lengths);
        Map<String, long[]> shapes = Map.of(
                module + "." + down, new long[] {2, 3},
                module + "." + up, new long[] {4, 2},
                module + "." + magnitude, column ? new long[] {4, 1} : new long[] {4});
        CommandRun run = mergeLarger(tensors, shapes, "--strength", strength);
        assertEquals(0, run.exitCode(), run.err());
        float[] merged = new float[12];
        for (int row = 0; row < 4; row++) {
            double[] sum = new double[3];
            double squares = 0;
            for (int i = 0; i < 3; i++) {
                sum[i] = 3 * row + i + (double) UP[2 * row] * DOWN[i] + (double) UP[2 * row + 1] * DOWN[3 + i];
                squares += sum[i] * sum[i];
            }
            for (int i = 0; i < 3; i++) {
                double whole = sum[i] * lengths[row] / Math.sqrt(squares);
                merged[3 * row + i] = (float) (3 * row + i + strength * (whole - (3 * row + i)));
            }
        }
        try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
            assertArrayEquals(merged, out.floats(WEIGHT), 1e-6f);
        }
    }

    /** PEFT adds the bias of the second factor with the product's scale: here alpha 6 over rank 2. */
    @Test
    void aFactorsBiasIsScaledAsTheProductIs() {
        String q = "base_model.model.blocks.0.self_attn.q";
        Map<String, float[]> tensors = Map.of(
                q + ".lora_A.weight",
                DOWN,
                q + ".lora_B.weight",
                UP,
                q + ".lora_B.bias",
                new float[] {1, -1, 2, 0.5f},
                q + ".alpha",
                new float[] {6});
        Map<String, long[]> shapes = Map.of(
                q + ".lora_A.weight", new long[] {2, 3},
                q + ".lora_B.weight", new long[] {4, 2},
                q + ".lora_B.bias", new long[] {4},
                q + ".alpha", new long[0]);
        CommandRun run = mergeLarger(tensors, shapes, "--strength", "0.5");
        assertEquals(0, run.exitCode(), run.err());
        try (Safetensors out = Safetensors.open(folder.resolve("out"))) {
            assertArrayEquals(new float[] {1.5f, -0.5f, 5, 3.75f}, out.floats("blocks.0.self_attn.q.bias"));
        }
        CommandRun alone =
                mergeLarger(Map.of(q + ".lora_B.bias", new float[4]), Map.of(q + ".lora_B.bias", new long[] {4}));
        assertTrue(alone.err().contains("must be beside both factors of its module, got []"), alone.err());
    }

    /** Whatever flags are given: these change a module that the model has, in a way that is not known or not right. */
    @ParameterizedTest
    @CsvSource({
        "lora_unet_blocks_0_self_attn_q.lokr_w1, in a way that is not known here",
        "diffusion_model.blocks.0.self_attn.q.hada_w1_a, in a way that is not known here",
        "base_model.model.blocks.0.self_attn.q.lora_embedding_A, in a way that is not known here",
    })
    void nothingIsHalfApplied(String name, String message) {
        String q = "diffusion_model.blocks.0.self_attn.q";
        Map<String, float[]> tensors = Map.of(q + ".lora_A.weight", DOWN, q + ".lora_B.weight", UP, name, DOWN);
        Map<String, long[]> shapes = Map.of(
                q + ".lora_A.weight", new long[] {2, 3}, q + ".lora_B.weight", new long[] {4, 2}, name, new long[] {6});
        CommandRun run = mergeLarger(tensors, shapes, "--skip-unmatched");
        assertEquals(1, run.exitCode(), run.out());
        assertTrue(run.err().contains(message), run.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void valuesThatAreNotFiniteAndOtherWidthsAreRefused() {
        String q = "blocks.0.self_attn.q";
        float[] notFinite = DOWN.clone();
        notFinite[4] = Float.NaN;
        Map<String, long[]> shapes =
                Map.of(q + ".lora_A.weight", new long[] {2, 3}, q + ".lora_B.weight", new long[] {4, 2});
        CommandRun nan = mergeLarger(Map.of(q + ".lora_A.weight", notFinite, q + ".lora_B.weight", UP), shapes);
        assertTrue(nan.err().contains("values of " + q + ".lora_A.weight must be finite, got NaN"), nan.err());
        CommandRun width = mergeLarger(Map.of(q + ".diff_b", DOWN), Map.of(q + ".diff_b", new long[] {6}));
        assertTrue(width.err().contains("shape of " + q + ".diff_b must be [4], got [6]"), width.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void modulesForImageInputAreNoFaultOfATextModel() {
        String q = "diffusion_model.blocks.0.self_attn.q";
        String image = "diffusion_model.blocks.0.cross_attn.k_img.lora_A.weight";
        Map<String, float[]> tensors = Map.of(q + ".lora_A.weight", DOWN, q + ".lora_B.weight", UP, image, DOWN);
        Map<String, long[]> shapes = Map.of(
                q + ".lora_A.weight", new long[] {2, 3}, q + ".lora_B.weight", new long[] {4, 2}, image, new long[] {
                    2, 3
                });
        CommandRun run = mergeLarger(tensors, shapes);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out().contains("for image input, which the transformer lacks: 1 names such as " + image),
                run.out());
    }
}
