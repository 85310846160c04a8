package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Video;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SpelledFile;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One tiny model whose transformer is spelled as other tools write it opens as it is and makes the plain file's clip to the bit. The matrices of its
 * blocks hold values that every one of the types has exactly.
 */
class SpelledGenerationTest {
    private static final float SCALE = 1f / 256;

    @TempDir
    static Path folder;

    private record Parameter(float[] values, Shape shape, boolean narrow) {}

    private static final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private static byte[][] plain;

    enum Spelling {
        PREFIX,
        COMPILED_AND_PARALLEL,
        SCALE_WEIGHT,
        SCALE_WEIGHT_OF_ONE,
        WEIGHT_SCALE,
        WEIGHT_SCALE_PER_OUTPUT,
        COMFY_QUANT,
        E5M2,
        GGUF
    }

    @BeforeAll
    static void makeThePlainClip() throws IOException {
        try (Safetensors file = Safetensors.open(SmallModel.directory().resolve("transformer"))) {
            for (String key : file.keys()) {
                boolean narrow = key.startsWith("blocks.")
                        && key.endsWith(".weight")
                        && file.shape(key).rank() == 2;
                float[] values = file.floats(key);
                for (int i = 0; narrow && i < values.length; i++) {
                    // Three significant bits within E5M2's and E4M3's ranges.
                    int exponent = Math.max(-6, Math.getExponent(values[i] / SCALE));
                    float step = Math.scalb(1f, exponent - 2);
                    values[i] = Math.round(values[i] / SCALE / step) * step * SCALE;
                }
                parameters.put(key, new Parameter(values, file.shape(key), narrow));
            }
        }
        SpelledFile file = new SpelledFile();
        parameters.forEach((name, p) -> file.f32(name, p.values(), p.shape().toArray()));
        plain = clip(written("plain", file, false));
    }

    private static Path written(String name, SpelledFile file, boolean gguf) throws IOException {
        Path model = folder.resolve(name);
        try (Stream<Path> files = Files.walk(SmallModel.directory())) {
            for (Path from : files.toList()) {
                Path to = model.resolve(SmallModel.directory().relativize(from).toString());
                boolean replaced = from.getParent().endsWith("transformer")
                        && !from.getFileName().toString().equals("config.json");
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else if (!replaced) {
                    Files.copy(from, to);
                }
            }
        }
        Path transformer = model.resolve("transformer");
        return gguf
                ? file.gguf(transformer.resolve("model-F32.gguf")).getParent().getParent()
                : file.safetensors(transformer.resolve("model.safetensors"))
                        .getParent()
                        .getParent();
    }

    private static byte[][] clip(Path model) {
        try (FsVideo fsVideo = FsVideo.open(model, OpenOptions.defaults())) {
            Video video = fsVideo.generate(SmallModel.request()).video();
            byte[][] frames = new byte[video.frames()][];
            Arrays.setAll(frames, video::frame);
            return frames;
        }
    }

    private static SpelledFile spelled(Spelling spelling) {
        SpelledFile file = new SpelledFile();
        if (spelling == Spelling.SCALE_WEIGHT) {
            file.add("scaled_fp8", "F8_E4M3", new byte[2], 2);
        }
        parameters.forEach((name, p) -> {
            String module = name.replaceFirst("\\.weight$", "");
            long[] shape = p.shape().toArray();
            float[] scales = new float[(int) shape[0]];
            Arrays.fill(scales, SCALE);
            byte[] format = "{\"format\": \"float8_e4m3fn\"}".getBytes(StandardCharsets.UTF_8);
            if (!p.narrow()) {
                file.f32(name, p.values(), shape);
                return;
            }
            switch (spelling) {
                case SCALE_WEIGHT ->
                    file.e4m3(name, p.values(), SCALE, shape).f32(module + ".scale_weight", new float[] {SCALE});
                case SCALE_WEIGHT_OF_ONE ->
                    file.e4m3(name, p.values(), SCALE, shape)
                            .f32(module + ".scale_weight", new float[] {SCALE}, 1)
                            .f32(module + ".scale_input", new float[] {1}, 1);
                case WEIGHT_SCALE ->
                    file.e4m3(name, p.values(), SCALE, shape).f32(module + ".weight_scale", new float[] {SCALE});
                case WEIGHT_SCALE_PER_OUTPUT ->
                    file.e4m3(name, p.values(), SCALE, shape).f32(module + ".weight_scale", scales, shape[0], 1);
                case COMFY_QUANT ->
                    file.e4m3(name, p.values(), SCALE, shape)
                            .f32(module + ".weight_scale", new float[] {SCALE})
                            .add(module + ".comfy_quant", "U8", format, format.length);
                case E5M2 ->
                    file.e5m2(name, p.values(), SCALE, shape).f32(module + ".scale_weight", new float[] {SCALE});
                default -> file.f32(name, p.values(), shape);
            }
        });
        return switch (spelling) {
            case PREFIX -> file.renamed(name -> "model.diffusion_model." + name);
            case COMPILED_AND_PARALLEL -> file.renamed(name -> "module._orig_mod." + name);
            default -> file;
        };
    }

    @ParameterizedTest
    @EnumSource
    void opensAsItIsAndMakesThePlainClip(Spelling spelling) throws IOException {
        byte[][] clip = clip(written(spelling.name(), spelled(spelling), spelling == Spelling.GGUF));
        assertEquals(plain.length, clip.length);
        for (int frame = 0; frame < clip.length; frame++) {
            assertArrayEquals(plain[frame], clip[frame], spelling + ", frame " + frame);
        }
    }

    /** The directory's own weights of the part need not be there. */
    @ParameterizedTest
    @EnumSource(names = {"GGUF", "SCALE_WEIGHT"})
    void oneFileTakesTheTransformersPlaceAndIsSaid(Spelling spelling) throws IOException {
        Path file = folder.resolve(spelling + "-alone");
        file = spelling == Spelling.GGUF
                ? spelled(spelling).gguf(file)
                : spelled(spelling).safetensors(file);
        Path model = written(spelling + "-without", spelled(Spelling.PREFIX), false);
        Files.delete(model.resolve("transformer/model.safetensors"));
        OpenOptions options = OpenOptions.defaults().withWeights("transformer", file);
        try (FsVideo fsVideo = FsVideo.open(model, options)) {
            assertEquals(List.of("transformer"), List.copyOf(fsVideo.findings().keySet()));
            String found = String.join("; ", fsVideo.findings().get("transformer"));
            assertTrue(found.contains(spelling == Spelling.GGUF ? "GGUF of " : "one scale each"), found);
            assertArrayEquals(
                    plain[1], fsVideo.generate(SmallModel.request()).video().frame(1));
        }
        ModelException e =
                assertThrows(ModelException.class, () -> FsVideo.open(model, options.withWeights("no_part", model)));
        assertTrue(e.getMessage().contains("weights must be given for parts of "), e.getMessage());
    }

    @Test
    void aScaleOfAnotherWidthIsRefusedBeforeAnythingIsLoaded() throws IOException {
        SpelledFile file = spelled(Spelling.WEIGHT_SCALE);
        file.f32("blocks.0.ffn.0.weight_scale", new float[] {1, 2, 3}, 3);
        Path model = written("wrong", file, false);
        WeightsException e = assertThrows(WeightsException.class, () -> FsVideo.open(model, OpenOptions.defaults()));
        assertTrue(e.getMessage().contains("shape of blocks.0.ffn.0.weight_scale must be [], [1], "), e.getMessage());
    }
}
