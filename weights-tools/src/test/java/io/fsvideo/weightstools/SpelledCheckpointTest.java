package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.Pickles;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SpelledFile;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every command reads a transformer as other tools spell it with the values that a model reads, and says how it is spelled. */
class SpelledCheckpointTest {
    private static final String MODEL = "tiny-wan-t2v";
    private static final float SCALE = 1f / 256;
    private static final String CHANGED = "blocks.0.self_attn.q.weight";

    @TempDir
    static Path folder;

    private static final SpelledFile plain = new SpelledFile();
    private static final Map<String, float[]> values = new LinkedHashMap<>();
    private static final Map<String, long[]> shapes = new LinkedHashMap<>();

    enum Spelled {
        PREFIX("prefix model.diffusion_model. stripped from "),
        SCALE_WEIGHT("one scale each"),
        PER_OUTPUT("a scale per output"),
        PER_BLOCK("a scale per block"),
        E5M2("one scale each"),
        GGUF("GGUF of ");

        private final String finding;

        Spelled(String finding) {
            this.finding = finding;
        }
    }

    @BeforeAll
    static void readModel() throws IOException {
        run("init", "--config", MODEL, "--out", folder.resolve("model"));
        try (Safetensors file = Safetensors.open(folder.resolve("model/transformer"))) {
            for (String key : file.keys()) {
                float[] read = file.floats(key);
                for (int i = 0; isNarrow(key, file.shape(key).rank()) && i < read.length; i++) {
                    // Three significant bits within E5M2's and E4M3's ranges.
                    float step = Math.scalb(1f, Math.max(-6, Math.getExponent(read[i] / SCALE)) - 2);
                    read[i] = Math.round(read[i] / SCALE / step) * step * SCALE;
                }
                values.put(key, read);
                shapes.put(key, file.shape(key).toArray());
                plain.f32(key, read, shapes.get(key));
            }
        }
        plain.safetensors(Files.createDirectories(folder.resolve("plain")).resolve("model.safetensors"));
    }

    private static boolean isNarrow(String key, int rank) {
        return key.startsWith("blocks.") && key.endsWith(".weight") && rank == 2;
    }

    private static Path written(Spelled spelled) throws IOException {
        Path place = Files.createDirectories(folder.resolve(spelled.name()));
        Files.copy(
                folder.resolve("model/transformer/config.json"),
                place.resolve("config.json"),
                StandardCopyOption.REPLACE_EXISTING);
        SpelledFile file = new SpelledFile();
        values.forEach((key, read) -> {
            long[] shape = shapes.get(key);
            String module = key.replaceFirst("\\.weight$", "");
            float[] one = {SCALE};
            if (!isNarrow(key, shape.length)) {
                file.f32(key, read, shape);
                return;
            }
            switch (spelled) {
                case SCALE_WEIGHT -> file.e4m3(key, read, SCALE, shape).f32(module + ".scale_weight", one);
                case PER_OUTPUT ->
                    file.e4m3(key, read, SCALE, shape).f32(key + "_scale", all((int) shape[0]), shape[0], 1);
                case PER_BLOCK -> file.e4m3(key, read, SCALE, shape).f32(key + "_scale", all(4), 2, 2);
                case E5M2 -> file.e5m2(key, read, SCALE, shape).f32(module + ".scale_weight", one);
                default -> file.f32(key, read, shape);
            }
        });
        if (spelled == Spelled.GGUF) {
            file.gguf(place.resolve("model.gguf"));
        } else if (spelled == Spelled.PREFIX) {
            file.renamed(name -> "model.diffusion_model." + name).safetensors(place.resolve("model.safetensors"));
        } else {
            file.safetensors(place.resolve("model.safetensors"));
        }
        return place;
    }

    private static float[] all(int count) {
        float[] scales = new float[count];
        Arrays.fill(scales, SCALE);
        return scales;
    }

    private static CommandRun run(Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = "weights";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        CommandRun run = CommandRun.of(all);
        assertEquals(0, run.exitCode(), Arrays.toString(arguments) + run.out() + run.err());
        return run;
    }

    @Test
    void aFileOfPyTorchOpensLikeAnyOther() throws IOException {
        Path pth = fresh("torch").resolveSibling("dit.pth");
        try (Container file = Container.open(folder.resolve("plain"))) {
            Pickles.save(pth, file, "state_dict");
        }
        assertPlainValues(pth, "");
        assertTrue(run("inspect", pth).out().contains("every value is finite"));
    }

    private static Path fresh(String name) throws IOException {
        return Files.createTempDirectory(folder, name).resolve("out");
    }

    /** Whole parameters as a model loads them. */
    private static void assertPlainValues(Path checkpoint, String except) {
        try (Backend backend = Backend.open("cpu");
                CheckpointSource source = CheckpointSource.open(checkpoint);
                Arena a = Arena.root(backend, "values")) {
            values.forEach((key, expected) -> {
                if (!key.equals(except)) {
                    float[] read = Weights.load(a, only(source, key), DType.F32, w -> w.tensor(key, shapes.get(key)))
                            .toFloats();
                    assertArrayEquals(expected, read, key);
                }
            });
        }
    }

    /** One parameter of a checkpoint, with its scale. */
    private static TensorSource only(CheckpointSource source, String key) {
        return new TensorSource() {
            @Override
            public String description() {
                return source.description();
            }

            @Override
            public Map<String, Shape> shapes() {
                Map<String, Shape> shapes = new LinkedHashMap<>(source.shapes());
                shapes.keySet().removeIf(other -> !other.equals(key) && !other.equals(key + SCALE));
                return shapes;
            }

            @Override
            public Tensor load(Arena arena, String name, Shape shape) {
                return source.load(arena, name, shape);
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void everyCommandReadsItAndSaysSo(Spelled spelled) throws IOException {
        Path place = written(spelled);
        String said = "found in " + place + ": ";

        CommandRun inspect = run("inspect", place);
        assertTrue(inspect.out().contains("found: ") && inspect.out().contains(spelled.finding), inspect.out());
        assertTrue(inspect.out().contains("looks like Wan2.1 transformer"), inspect.out());

        Path out = fresh("quantize");
        CommandRun quantize = run("quantize", place, "--type", "f16", "--out", out);
        assertTrue(quantize.err().contains(said) && quantize.err().contains(spelled.finding), quantize.err());

        out = fresh("convert");
        CommandRun convert = run("convert", place, "--config", MODEL, "--part", "transformer", "--out", out);
        assertTrue(convert.err().contains(said) && convert.err().contains(spelled.finding), convert.err());
        assertPlainValues(out, null);

        out = fresh("shard");
        CommandRun shard = run("shard", place, "--tp", 2, "--out", out);
        assertTrue(shard.err().contains(said), shard.err());
        Path joined = out.resolveSibling("joined.safetensors");
        run("merge", out, "--out", joined);
        assertPlainValues(joined, null);
    }

    /** FP8 values with a scale are of a type that is too narrow to be changed, and stay so. */
    @ParameterizedTest
    @EnumSource(names = {"PREFIX", "PER_BLOCK", "E5M2", "GGUF"})
    void aLoraIsMergedIntoIt(Spelled spelled) throws IOException {
        Path place = written(spelled);
        float[] difference = new float[values.get(CHANGED).length];
        difference[5] = 1;
        Path lora = new SpelledFile()
                .f32("diffusion_model.blocks.0.self_attn.q.diff", difference, shapes.get(CHANGED))
                .safetensors(folder.resolve("lora.safetensors"));
        Path out = fresh("lora");
        CommandRun run = run("lora", place, lora, "--out", out);
        assertTrue(run.err().contains("found in " + place + ": "), run.err());
        assertPlainValues(out, CHANGED);
        CommandRun diff = CommandRun.of("weights", "diff", place, out);
        assertEquals(1, diff.exitCode(), "the one that is changed");
        assertTrue(diff.err().contains("got 1 tensors that do not, the first " + CHANGED), diff.err());
    }

    @Test
    void whatFitsNoModelIsSaidWithWhatItIs() throws IOException {
        SpelledFile file = new SpelledFile();
        values.forEach((key, read) -> file.f32("net.inner." + key, read, shapes.get(key)));
        Path place = file.safetensors(folder.resolve("other.safetensors"));
        CommandRun run = CommandRun.of(
                "weights", "convert", place, "--config", MODEL, "--part", "transformer", "--out", fresh("other"));
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("; every name begins with net.inner."), run.err());
        CommandRun text = CommandRun.of(
                "weights",
                "convert",
                folder.resolve("plain"),
                "--config",
                MODEL,
                "--part",
                "text_encoder",
                "--out",
                fresh("text"));
        assertTrue(text.err().contains("; it looks like Wan2.1 transformer, dim "), text.err());
    }

    @Test
    void aFormatThatIsNotKnownIsSaidByInspect() throws IOException {
        byte[] format = "{\"format\": \"nvfp4\"}".getBytes(StandardCharsets.UTF_8);
        Path place = new SpelledFile()
                .f32("l.weight", new float[4], 2, 2)
                .add("l.comfy_quant", "U8", format, format.length)
                .safetensors(folder.resolve("nvfp4.safetensors"));
        CommandRun run = run("inspect", place);
        assertTrue(
                run.out().contains("found: cannot be opened: weights: " + place + ": format in l.comfy_quant"),
                run.out());
    }
}
