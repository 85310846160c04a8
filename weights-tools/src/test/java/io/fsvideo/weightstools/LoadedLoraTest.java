package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Parallel;
import io.fsvideo.SmallModel;
import io.fsvideo.cli.CommandRun;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Lora;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SpelledFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LoRAs merged while a model is loaded make the clip, to the bit, of the copy that {@code weights lora} writes. */
class LoadedLoraTest {
    private static final Path MODEL = SmallModel.directory();
    private static final String ATTENTION = "blocks.1.self_attn.";

    @TempDir
    static Path folder;

    private static final Map<String, Shape> shapes = new TreeMap<>();
    private static final Random random = new Random(5);
    private static Path everyRole;
    private static Path kohya;

    @BeforeAll
    static void makeLoras() throws IOException {
        try (Safetensors file = Safetensors.open(MODEL.resolve("transformer"))) {
            shapes.putAll(file.shapes());
        }
        String comfy = "diffusion_model.";
        everyRole = pair(
                        new SpelledFile(),
                        comfy + ATTENTION + "q.lora_A.weight",
                        comfy + ATTENTION + "q.lora_B.weight",
                        "q",
                        3)
                .f32(comfy + ATTENTION + "q.lora_B.bias", values(dim()), dim())
                .f32(comfy + ATTENTION + "q.alpha", new float[] {2})
                .f32(comfy + ATTENTION + "norm_q.diff", values(dim()), dim())
                .f32(comfy + ATTENTION + "o.diff_b", values(dim()), dim())
                .f32(comfy + "blocks.0.diff_m", values(6 * dim()), 1, 6, dim())
                .safetensors(folder.resolve("every-role.safetensors"));
        String module = "lora_unet_blocks_1_self_attn_";
        kohya = pair(new SpelledFile(), module + "q.lora_down.weight", module + "q.lora_up.weight", "q", 2)
                .f32(module + "q.dora_scale", values(dim()), dim(), 1)
                .safetensors(folder.resolve("kohya.safetensors"));
    }

    private static int dim() {
        return (int) shapes.get(ATTENTION + "q.weight").dim(0);
    }

    private static SpelledFile pair(SpelledFile file, String down, String up, String module, int rank) {
        long[] shape = shapes.get(ATTENTION + module + ".weight").toArray();
        return file.f32(down, values(rank * (int) shape[1]), rank, shape[1])
                .f32(up, values((int) shape[0] * rank), shape[0], rank);
    }

    private static float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.2 * random.nextGaussian());
        }
        return values;
    }

    private static Path merged(Path transformer, Path lora, double strength, String name) {
        Path out = folder.resolve(name);
        CommandRun run = CommandRun.of("weights", "lora", transformer, lora, "--strength=" + strength, "--out", out);
        assertEquals(0, run.exitCode(), run.err());
        return out;
    }

    private static byte[][] clip(OpenOptions options) {
        try (FsVideo fsVideo = FsVideo.open(MODEL, options)) {
            Video video = fsVideo.generate(SmallModel.request()).video();
            byte[][] frames = new byte[video.frames()][];
            Arrays.setAll(frames, video::frame);
            return frames;
        }
    }

    @ParameterizedTest
    @CsvSource({"1, F32", "2, F32", "1, BF16"})
    void asTheMergedCopy(int ranks, DType dtype) {
        OpenOptions options = OpenOptions.defaults().withDType(dtype).withRanks(ranks);
        if (ranks > 1) {
            options = options.withParallel(Parallel.TENSOR);
        }
        Path once = merged(MODEL.resolve("transformer"), everyRole, 0.75, "once-" + ranks + dtype);
        Path twice = merged(once, kohya, -0.5, "twice-" + ranks + dtype);
        byte[][] expected = clip(options.withWeights("transformer", twice));
        OpenOptions loaded = options.withLora(new Lora(everyRole, 0.75)).withLora(new Lora(kohya, -0.5));
        byte[][] found = clip(loaded);
        byte[][] without = clip(options);
        for (int frame = 0; frame < expected.length; frame++) {
            assertArrayEquals(expected[frame], found[frame], "frame " + frame);
        }
        assertFalse(Arrays.equals(expected[1], without[1]), "the LoRAs change something");
    }

    /** Both round to the stored type once. */
    @Test
    void asTheMergedCopyOfAModelInBf16() {
        Path narrow = folder.resolve("narrow");
        CommandRun run =
                CommandRun.of("weights", "quantize", MODEL.resolve("transformer"), "--type", "bf16", "--out", narrow);
        assertEquals(0, run.exitCode(), run.err());
        Path copy = merged(narrow, everyRole, 1, "narrow-merged");
        OpenOptions options = OpenOptions.defaults();
        byte[][] expected = clip(options.withWeights("transformer", copy));
        byte[][] found = clip(options.withWeights("transformer", narrow).withLora(new Lora(everyRole, 1)));
        assertTrue(Arrays.deepEquals(expected, found));
    }

    /** A weight that is FP8 with a scale is widened where a LoRA changes it, and left as it is elsewhere. */
    @Test
    void changesScaledWeights() throws IOException {
        String changed = ATTENTION + "q.weight";
        String kept = ATTENTION + "o.weight";
        float scale = 1f / 256;
        SpelledFile plain = new SpelledFile();
        SpelledFile scaled = new SpelledFile();
        try (Safetensors file = Safetensors.open(MODEL.resolve("transformer"))) {
            for (String key : file.keys()) {
                float[] values = file.floats(key);
                long[] shape = shapes.get(key).toArray();
                if (key.equals(changed) || key.equals(kept)) {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Floats.fromF8(Floats.toF8(values[i] / scale)) * scale;
                    }
                    scaled.e4m3(key, values, scale, shape).f32(key + "_scale", new float[] {scale});
                } else {
                    scaled.f32(key, values, shape);
                }
                plain.f32(key, values, shape);
            }
        }
        OpenOptions options = OpenOptions.defaults().withLora(new Lora(everyRole, 1));
        Path one = plain.safetensors(folder.resolve("plain.safetensors"));
        Path other = scaled.safetensors(folder.resolve("scaled.safetensors"));
        assertTrue(Arrays.deepEquals(
                clip(options.withWeights("transformer", one)), clip(options.withWeights("transformer", other))));
    }

    @Test
    void isSaid() {
        try (FsVideo fsVideo = FsVideo.open(MODEL, OpenOptions.defaults().withLora(new Lora(kohya, 0.5)))) {
            assertEquals(
                    "{transformer=[LoRA kohya.safetensors of strength 0.5 merged into 1 parameters]}",
                    fsVideo.findings().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "diffusion_model.blocks.9.self_attn.q.diff_b, 1, got 0 that are and 1 that are not",
        "diffusion_model.blocks.1.self_attn.q.lokr_w1, 1, in a way that is not known here",
        "diffusion_model.blocks.1.self_attn.q.diff_b, 7, shape of diffusion_model.blocks.1.self_attn.q.diff_b must be ",
        "diffusion_model.blocks.1.self_attn.q.diff_b, NaN, must be finite",
        "diffusion_model.blocks.1.self_attn.q.lora_A.weight, 1, must be both there",
    })
    void isRefusedUnlessWhollyApplied(String name, String value, String message) throws IOException {
        float[] values = new float[value.equals("7") ? 7 : dim()];
        Arrays.fill(values, Float.parseFloat(value));
        Path lora = new SpelledFile().f32(name, values, values.length).safetensors(folder.resolve("bad.safetensors"));
        OpenOptions options = OpenOptions.defaults().withLora(new Lora(lora, 1));
        FsVideoException e = assertThrows(FsVideoException.class, () -> FsVideo.open(MODEL, options));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void partsAndStrengthsMustBeThere() {
        OpenOptions options = OpenOptions.defaults().withLora("no_part", new Lora(kohya, 1));
        FsVideoException e = assertThrows(FsVideoException.class, () -> FsVideo.open(MODEL, options));
        assertTrue(e.getMessage().contains("weights must be given for parts of "), e.getMessage());
        assertThrows(FsVideoException.class, () -> new Lora(kohya, Double.NaN));
    }

    @Test
    void theCommandTakesSeveral() {
        CommandRun run = CommandRun.of(
                "plan", "--model", MODEL, "--lora", kohya, "--lora", everyRole + ":0.5", "--lora", everyRole + ":-.5");
        assertEquals(0, run.exitCode(), run.err());
        CommandRun refused = CommandRun.of(
                "generate",
                "--model",
                MODEL,
                "--lora",
                folder.resolve("none:1:0.5"),
                "--image",
                "../examples/coffee.jpg",
                "--out",
                folder.resolve("o.gif"));
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("none:1"), refused.err());
    }
}
