package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spellings of one matrix, whose values every one of them holds exactly. */
class SpellingTest {
    private static final int OUT = 6;
    private static final int IN = 10;
    private static final float SCALE = 1f / 64;

    @TempDir
    Path folder;

    private final SpelledFile file = new SpelledFile();

    /** Numbers that E4M3, E5M2 and F32 hold exactly after a division by {@link #SCALE}. */
    private static float[] values() {
        float[] values = new float[OUT * IN];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % 7 - 3) * (1 << i % 3) * SCALE;
        }
        return values;
    }

    private static float[] each(float value, int count) {
        float[] all = new float[count];
        Arrays.fill(all, value);
        return all;
    }

    private record Loaded(float[] values, List<String> findings, boolean scaled) {}

    private Loaded load(Path path) {
        try (Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "spelling");
                CheckpointSource source = CheckpointSource.open(path)) {
            assertEquals(Shape.of(OUT, IN), source.shapes().get("l.weight"));
            Tensor loaded = Weights.load(a, source, DType.F32, w -> w.at("l").tensor("weight", OUT, IN));
            return new Loaded(loaded.toFloats(), source.findings(), source.isScaled("l.weight"));
        }
    }

    private void assertValues(String finding, boolean scaled) throws IOException {
        Loaded loaded = load(file.safetensors(folder.resolve("model.safetensors")));
        assertArrayEquals(values(), loaded.values());
        assertEquals(scaled, loaded.scaled(), "kept as FP8 with a scale per output");
        assertEquals(finding, String.join("; ", loaded.findings()));
    }

    @Test
    void plainNamesNeedNoWords() throws IOException {
        file.f32("l.weight", values(), OUT, IN);
        assertValues("", false);
    }

    @Test
    void prefixesAreStrippedAlsoSeveral() throws IOException {
        file.f32("module._orig_mod.model.diffusion_model.l.weight", values(), OUT, IN);
        assertValues("prefix module._orig_mod.model.diffusion_model. stripped from 1 names", false);
    }

    @Test
    void oneScaleUnderTheOlderName() throws IOException {
        file.add("model.diffusion_model.scaled_fp8", "F8_E4M3", new byte[2], 2)
                .e4m3("model.diffusion_model.l.weight", values(), SCALE, OUT, IN)
                .f32("model.diffusion_model.l.scale_weight", each(SCALE, 1))
                .f32("model.diffusion_model.l.scale_input", each(1, 1), 1);
        assertValues("prefix model.diffusion_model. stripped from 2 names; 1 weights with one scale each", true);
    }

    @Test
    void oneScaleUnderTheNewerNameWithItsFormat() throws IOException {
        byte[] format = "{\"format\": \"float8_e4m3fn\"}".getBytes(StandardCharsets.UTF_8);
        file.e4m3("l.weight", values(), SCALE, OUT, IN)
                .f32("l.weight_scale", each(SCALE, 1), 1)
                .add("l.comfy_quant", "U8", format, format.length)
                .f32("l.input_scale", each(1, 1));
        assertValues("1 weights with one scale each", true);
    }

    @Test
    void aScalePerOutputAsARowOrAColumn() throws IOException {
        file.e4m3("l.weight", values(), SCALE, OUT, IN).f32("l.weight_scale", each(SCALE, OUT), OUT, 1);
        assertValues("1 weights with a scale per output", true);
        file.f32("l.weight_scale", each(SCALE, OUT), OUT);
        assertValues("1 weights with a scale per output", true);
    }

    /** Blocks of 4 x 4: the last ones are smaller. Each has a scale of its own. */
    @Test
    void aScalePerBlockIsMultipliedWhileItIsRead() throws IOException {
        float[] scales = {1, 2, 0.5f, 0.25f, 4, 8};
        float[] divided = values();
        for (int i = 0; i < divided.length; i++) {
            divided[i] /= scales[i / IN / 4 * 3 + i % IN / 4];
        }
        file.e4m3("l.weight", divided, 1, OUT, IN).f32("l.weight_scale", scales, 2, 3);
        assertValues("1 weights with a scale per block", false);
    }

    @Test
    void otherRangeOfExponents() throws IOException {
        file.e5m2("l.weight", values(), 1, OUT, IN);
        assertValues("", false);
        file.e5m2("l.weight", values(), SCALE, OUT, IN).f32("l.scale_weight", each(SCALE, 1));
        assertValues("1 weights with one scale each", false);
    }

    @Test
    void ggufIsToldByItsContent() throws IOException {
        file.f32("l.weight", values(), OUT, IN);
        Loaded loaded = load(file.gguf(folder.resolve("model.bin")));
        assertArrayEquals(values(), loaded.values());
        assertEquals(List.of("GGUF of 1 F32"), loaded.findings());
        file.gguf(folder.resolve("part.gguf"));
        Files.delete(folder.resolve("model.bin"));
        assertArrayEquals(values(), load(folder).values(), "the only file of a folder");
    }

    private void assertRefused(String message) throws IOException {
        Path path = file.safetensors(folder.resolve("model.safetensors"));
        WeightsException e = assertThrows(WeightsException.class, () -> CheckpointSource.open(path));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void whatFitsNoSpellingIsRefused() throws IOException {
        file.e4m3("l.weight", values(), SCALE, OUT, IN).f32("l.weight_scale", each(SCALE, 5), 5);
        assertRefused(
                "shape of l.weight_scale must be [], [1], [6], [6, 1] or one scale per block of [6, 10], got [5]");
        file.f32("l.weight_scale", each(SCALE, 1)).f32("m.scale_weight", each(SCALE, 1));
        assertRefused("m.scale_weight must be beside a matrix m.weight, got null");
        byte[] format = "{\"format\": \"nvfp4\"}".getBytes(StandardCharsets.UTF_8);
        file.f32("m.weight", values(), OUT, IN).add("l.comfy_quant", "U8", format, format.length);
        assertRefused("format in l.comfy_quant must be one of ");
        file.add("l.comfy_quant", "U8", new byte[0], 0);
        assertRefused("format in l.comfy_quant must be one of ");
    }

    @Test
    void twoScalesOfOneWeightAreRefused() throws IOException {
        file.f32("l.scale_weight", each(SCALE, 1)).f32("l.weight_scale", each(SCALE, 1));
        file.e4m3("l.weight", values(), SCALE, OUT, IN);
        assertRefused("l.weight must have one scale, got a second one under ");
    }
}
