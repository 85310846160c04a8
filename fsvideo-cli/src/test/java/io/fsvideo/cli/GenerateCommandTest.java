package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.SmallModel;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.SpelledFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny model at its smallest: 128 x 128, 5 frames, 2 + 1 steps. */
class GenerateCommandTest {
    private static final Path IMAGE = Path.of("../examples/coffee.jpg");

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    private static Path model;

    @BeforeAll
    static void makeModel() {
        model = models.resolve("tiny");
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write("tiny", 0, model, backend);
        }
    }

    private static CommandRun generate(Path out, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("generate", "--image", IMAGE, "--out", out, "--model", model));
        arguments.addAll(List.of("--size", "128x128", "--frames", 5, "--steps", 2, "--refiner-steps", 1));
        arguments.addAll(Arrays.asList(more));
        if (!arguments.contains("--seed")) {
            arguments.addAll(List.of("--seed", 0));
        }
        return CommandRun.of(arguments.toArray());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void oneFileTakesTheTransformersPlaceAndIsSaid() throws IOException {
        SpelledFile prefixed = new SpelledFile();
        try (Safetensors file = Safetensors.open(model.resolve("transformer"))) {
            file.keys()
                    .forEach(key -> prefixed.f32(
                            "model.diffusion_model." + key,
                            file.floats(key),
                            file.shape(key).toArray()));
        }
        Path file = prefixed.safetensors(folder.resolve("one.safetensors"));
        CommandRun run = generate(folder.resolve("out.y4m"), "--transformer", file);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("found in transformer: prefix model.diffusion_model. stripped from "), run.err());
        assertEquals(0, generate(folder.resolve("same.y4m")).exitCode());
        assertEquals(-1, Files.mismatch(folder.resolve("out.y4m"), folder.resolve("same.y4m")));
    }

    @Test
    void rateAndPromptComeFromTheirOptions() throws IOException {
        Path words = Files.writeString(folder.resolve("prompt.txt"), "\n the camera pans left \n");
        Path out = folder.resolve("out.mp4");
        CommandRun run = generate(out, "--prompt-file", words, "--fps", 30);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("5 frames of 128x128 at 30 per second"), run.out());
        assertEquals("the camera pans left", Video.readMetadata(out).get("prompt"));
        run = generate(folder.resolve("no.gif"), "--prompt-file", words, "--prompt", "rain");
        assertTrue(run.err().contains("prompt must be given by --prompt or --prompt-file, got both"), run.err());
        run = generate(folder.resolve("no.gif"), "--prompt-file", Files.write(words, new byte[] {-1}));
        assertTrue(run.err().contains("--prompt-file must be a readable text file in UTF-8"), run.err());
        run = generate(folder.resolve("no.gif"), "--fps", 0);
        assertTrue(run.err().contains("--fps must be within 1..1000, got 0"), run.err());
        assertEquals(List.of("out.mp4", "prompt.txt"), files());
    }

    @Test
    void fewStepModelsAreChosenByName() {
        Path out = folder.resolve("few.gif");
        List<Object> arguments = List.of(
                "generate", "--image", IMAGE, "--out", out, "--model", model, "--size", "128x128", "--frames", 5);
        List<Object> all = new ArrayList<>(arguments);
        all.addAll(List.of("--refiner-steps", 1, "--few-steps", "FastWan", "--guidance", 2));
        CommandRun run = CommandRun.of(all.toArray());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("base     step 3/3, "), run.err());
        all.addAll(List.of("--step-table", "900,400"));
        run = CommandRun.of(all.toArray());
        assertTrue(run.err().contains("base     step 2/2, "), run.err());
        all.addAll(List.of("--steps", 5));
        assertEquals(1, CommandRun.of(all.toArray()).exitCode());
    }

    @Test
    void writesAVideoThatNamesItsRequest() {
        Path out = folder.resolve("out.mp4");
        CommandRun run = generate(
                out,
                "--prompt",
                "the camera pans left",
                "--negative-prompt",
                "blur",
                "--seed",
                7,
                "--guidance",
                3,
                "--shift",
                4,
                "--sampler",
                "euler");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out().startsWith("wrote " + out + ": 5 frames of 128x128 at 12 per second, made in "), run.out());
        assertTrue(run.err().contains("base     step 2/2, "), run.err());
        Map<String, String> metadata = Video.readMetadata(out);
        assertEquals("the camera pans left", metadata.get("prompt"));
        assertEquals("blur", metadata.get("negative_prompt"));
        assertEquals(
                "7 2 1 3.0 4.0 EULER",
                String.join(
                        " ",
                        metadata.get("seed"),
                        metadata.get("steps"),
                        metadata.get("refiner_steps"),
                        metadata.get("guidance"),
                        metadata.get("shift"),
                        metadata.get("sampler")));
    }

    @Test
    void takesTheOptionsThatSaveWork() throws IOException {
        Path out = folder.resolve("out.mp4");
        CommandRun run = generate(out, "--guidance-interval", "0.1..0.99", "--step-cache", 0.5);
        assertEquals(0, run.exitCode(), run.err());
        Map<String, String> metadata = Video.readMetadata(out);
        assertEquals("0.1..0.99", metadata.get("guidance_interval"));
        assertEquals("0.5", metadata.get("step_cache"));
        assertEquals(2, generate(out, "--guidance-interval", "0.9..0.1").exitCode());
        CommandRun tiled = generate(out, "--vae-tiling");
        assertEquals(1, tiled.exitCode());
        assertTrue(tiled.err().contains("vaeTiling must not be given for FsVideo models"), tiled.err());
    }

    @Test
    void sameSeedSameFileWithAnyNumberOfThreads() throws IOException {
        assertEquals(
                0,
                generate(folder.resolve("a.png"), "--seed", 7, "--threads", 1).exitCode());
        assertEquals(
                0,
                generate(folder.resolve("b.png"), "--seed", 7, "--threads", 2).exitCode());
        assertEquals(0, generate(folder.resolve("c.png"), "--seed", 8).exitCode());
        byte[] a = Files.readAllBytes(folder.resolve("a.png"));
        assertArrayEquals(a, Files.readAllBytes(folder.resolve("b.png")));
        assertFalse(Arrays.equals(a, Files.readAllBytes(folder.resolve("c.png"))));
    }

    @Test
    void emptyAndLongPromptsAreLegal() {
        assertEquals(0, generate(folder.resolve("a.png"), "--prompt", "").exitCode());
        assertEquals(
                0,
                generate(folder.resolve("b.png"), "--prompt", "word ".repeat(10_000))
                        .exitCode());
    }

    @Test
    void badInputIsOneLineAndLeavesNothing() throws IOException {
        Path out = folder.resolve("out.mp4");
        assertFailure("request: frames must be 1 + 4k up to 4093, got 16; nearest are 13 and 17", out, "--frames", 16);
        assertFailure(
                "request: height and width must be multiples of 128 up to 8192, got 100x128; nearest is 128x128",
                out,
                "--size",
                "100x128");
        assertFailure("Image.read: none.png must exist, got no such file", out, "--image", "none.png");
        assertFailure("request: steps must be within 1..1000, got 0", out, "--steps", 0);
        assertFailure("VideoFormat.of: ", folder.resolve("out.avi"));
        assertFailure(
                "Video.write: " + folder.resolve("no/out.mp4") + " cannot be written", folder.resolve("no/out.mp4"));
        assertFailure("backend: name must be one of [", out, "--backend", "abacus");
        assertFailure("model: none must be a complete model directory, got none of [", out, "--model", "none");
        assertEquals(List.of(), files());
    }

    /** Options given last replace the earlier ones. */
    private static void assertFailure(String message, Path out, Object... more) {
        List<Object> arguments = new ArrayList<>(
                List.of("generate", "--image", IMAGE, "--out", out, "--model", model, "--frames", 5, "--steps", 1));
        for (int i = 0; i < more.length; i += 2) {
            int known = arguments.indexOf(more[i]);
            if (known > 0) {
                arguments.subList(known, known + 2).clear();
            }
            arguments.addAll(List.of(more[i], more[i + 1]));
        }
        CommandRun run = CommandRun.of(arguments.toArray());
        assertEquals(1, run.exitCode(), run.err());
        String error = run.err().lines().reduce((first, second) -> second).orElse("");
        assertTrue(error.startsWith("error: " + message), run.err());
        assertEquals("", run.out());
    }

    @Test
    void malformedOptionsAreUsageErrors() {
        CommandRun size = generate(folder.resolve("out.mp4"), "--size", "big");
        assertEquals(2, size.exitCode());
        assertEquals(2, CommandRun.of("generate", "--image", IMAGE).exitCode());
        CommandRun form = CommandRun.of("generate", "--image", IMAGE, "--out", "x.mp4", "--size", "big");
        assertEquals(
                "error: Invalid value for option '--size': 'big' must be height x width, e.g. 768x1280\n"
                        + "Try 'fsvideo generate --help'.\n",
                form.err());
    }

    @Test
    void anUnwritableTargetIsRefusedBeforeTheWork() throws IOException {
        CommandRun run = generate(folder.resolve("absent").resolve("out.mp4"));
        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("error: Video.write: "), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertEquals(List.of(), files());
    }

    @Test
    void planNeedsNoModelAndPrintsEveryStage() {
        CommandRun plan = CommandRun.of("plan", "--config", "tiny", "--size", "128x128", "--frames", 5);
        assertEquals(0, plan.exitCode(), plan.err());
        for (String word : List.of("text_encoder", "refiner", "BASE", "layer memory", "decoder buffers", "peak ")) {
            assertTrue(plan.out().contains(word), plan.out());
        }
        CommandRun same = CommandRun.of("plan", "--model", model, "--size", "128x128", "--frames", 5);
        assertEquals(plan, same);
        assertEquals(0, CommandRun.of("plan", "--image", IMAGE, "--frames", 5).exitCode());
        assertEquals(
                2, CommandRun.of("plan", "--config", "tiny", "--model", model).exitCode());
        CommandRun half = CommandRun.of("plan", "--size", "128x128", "--frames", 5, "--dtype", "bf16");
        assertEquals(0, half.exitCode(), half.err());
        assertNotEquals(CommandRun.of("plan", "--size", "128x128", "--frames", 5, "--dtype", "f32"), half);
        assertEquals(
                "error: open: dtype must be F32 or BF16, got U8\n",
                CommandRun.of("plan", "--dtype", "u8").err());
        assertEquals(1, CommandRun.of("plan", "--config", "huge").exitCode());
        assertEquals(1, CommandRun.of("plan", "--frames", 16).exitCode());
    }

    /** What a run of two ranks needs is not half of what one needs: activations and other parts are on both. */
    @Test
    void planSaysWhetherARunOnSeveralDevicesFits() {
        Path demo = Path.of("..", "models", "demo").toAbsolutePath();
        Object[] asked = {
            "plan", "--model", demo, "--devices", 2, "--dtype", "f32", "--size", "256x256", "--frames", 17, "--memory"
        };
        CommandRun tight = CommandRun.of(append(asked, 0.07));
        assertEquals(1, tight.exitCode(), tight.err());
        assertTrue(tight.out().contains("device 1, cpu"), tight.out());
        assertTrue(tight.out().contains("does not fit, "), tight.out());
        OpenOptions options = OpenOptions.defaults().withRanks(2).withDType(DType.F32);
        Request request =
                ModelDirectory.open(demo).config().inputs().blank(256, 256).withSize(256, 256);
        long least = 0;
        try (FsVideo fs = FsVideo.open(demo, options)) {
            for (MemoryPlan plan : fs.planPerDevice(request)) {
                String peak = String.format(Locale.ROOT, "%,.1f MiB", plan.peakBytes() / (double) (1 << 20));
                assertTrue(tight.out().contains(peak), () -> peak + " must be in\n" + tight.out());
                least = Math.max(least, Math.max(plan.peakBytes(), plan.loadingBytes()));
            }
        }
        // The command counts prompts at their greatest length: at most 64 rows of 64 channels more.
        CommandRun enough = CommandRun.of(append(asked, (least + 4 * 64 * 64.0) / (1 << 30)));
        assertEquals(0, enough.exitCode(), enough.out());
        assertFalse(enough.out().contains("does not fit"), enough.out());
        assertEquals(2, CommandRun.of("plan", "--memory", "0").exitCode());
    }

    @Test
    void planSplitsTransformersByColumns() {
        Object[] full = {"plan", "--config", "fsvideo-14b", "--frames", 5, "--parallel", "tensor", "--devices"};
        String one = weights(CommandRun.of(append(full, 1)), "transformer");
        String two = weights(CommandRun.of(append(full, 2)), "transformer");
        // Embeddings, modulations, norms and routers are whole on every rank: 3.1 % of all.
        assertTrue(mebibytes(two) > 0.5 * mebibytes(one) && mebibytes(two) < 0.52 * mebibytes(one), one + two);
        assertEquals(
                weights(CommandRun.of(append(full, 1)), "text_encoder"),
                weights(CommandRun.of(append(full, 2)), "text_encoder"));
    }

    private static Object[] append(Object[] start, Object last) {
        Object[] all = Arrays.copyOf(start, start.length + 1);
        all[start.length] = last;
        return all;
    }

    private static String weights(CommandRun run, String part) {
        assertEquals(0, run.exitCode(), run.err());
        return run.out()
                .lines()
                .filter(line -> line.startsWith("weights   " + part))
                .findFirst()
                .orElseThrow();
    }

    private static double mebibytes(String line) {
        return Double.parseDouble(line.replaceAll(".* ([0-9,.]+) MiB.*", "$1").replace(",", ""));
    }

    @Test
    void oneModelMakesAVideo() {
        String model = SmallModel.directory().toString();
        CommandRun run =
                CommandRun.of("generate", "--model", model, "--model", model, "--prompt", "p", "--out", "out.mp4");
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.err().contains("--model must be given once"), run.err());
    }
}
