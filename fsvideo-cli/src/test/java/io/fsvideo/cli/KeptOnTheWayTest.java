package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.Pickles;
import io.fsvideo.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embeddings and latents that a command kept make the same file again, to the bit. */
class KeptOnTheWayTest {
    private static final Path IMAGE = Path.of("../examples/coffee.jpg");

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeModels() {
        try (Backend backend = Backend.open("cpu")) {
            for (String name : List.of("tiny-wan-t2v", "tiny-dc-videogen-t2v", "tiny")) {
                ModelInit.write(name, 0, models.resolve(name), backend);
            }
        }
    }

    private static List<Object> generate(String model, Path out, Object... more) {
        List<Object> arguments =
                new ArrayList<>(List.of("generate", "--model", models.resolve(model), "--out", out, "--steps", 2));
        if (model.equals("tiny")) {
            arguments.addAll(List.of("--image", IMAGE, "--refiner-steps", 1, "--size", "128x128", "--frames", 5));
        } else {
            arguments.addAll(List.of("--size", "64x96", "--frames", model.startsWith("tiny-dc") ? 16 : 9));
        }
        arguments.addAll(Arrays.asList(more));
        return arguments;
    }

    private static CommandRun run(List<Object> arguments) {
        CommandRun run = CommandRun.of(arguments.toArray());
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }

    private static void assertRefused(List<Object> arguments, String fact) {
        CommandRun run = CommandRun.of(arguments.toArray());
        assertTrue(run.exitCode() > 0 && run.err().contains(fact), run.err());
        assertEquals(
                1, run.err().lines().filter(line -> line.startsWith("error: ")).count(), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-wan-t2v, F32, ''",
        "tiny-wan-t2v, BF16, ''",
        "tiny-wan-t2v, F32, 64",
        "tiny-dc-videogen-t2v, F32, ''",
        "tiny, F32, ''",
    })
    void theFileIsTheSameToTheBit(String model, String dtype, String tiling) throws IOException {
        Path plain = folder.resolve("plain.mp4");
        Path embeddings = folder.resolve("e.safetensors");
        Path latents = folder.resolve("l.safetensors");
        List<Object> tiles = tiling.isEmpty() ? List.of() : List.of("--vae-tiling", tiling);
        List<Object> words = generate(
                model,
                plain,
                "--prompt",
                "a red car",
                "--negative-prompt",
                "rain",
                "--seed",
                5,
                "--dtype",
                dtype,
                "--save-embeddings",
                embeddings,
                "--save-latents",
                latents);
        words.addAll(tiles);
        run(words);
        Path again = folder.resolve("again.mp4");
        List<Object> rows = generate(model, again, "--embeddings", embeddings, "--seed", 5, "--dtype", dtype);
        rows.addAll(tiles);
        run(rows);
        assertEquals(-1, Files.mismatch(plain, again));
        Path decoded = folder.resolve("decoded.mp4");
        List<Object> decode = new ArrayList<>(
                List.of("decode", latents, "--model", models.resolve(model), "-o", decoded, "--dtype", dtype));
        decode.addAll(tiles);
        if (model.equals("tiny")) {
            assertRefused(decode, "image must be given");
            decode.addAll(List.of("--image", IMAGE));
        }
        run(decode);
        assertEquals(-1, Files.mismatch(plain, decoded));
    }

    /** The other parts may be gone. */
    @Test
    void nothingButWhatIsNeededIsRead() throws IOException {
        Path model = models.resolve("bare");
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write("tiny-wan-t2v", 0, model, backend);
        }
        Path embeddings = folder.resolve("e.safetensors");
        Path latents = folder.resolve("l.safetensors");
        run(generate(
                "bare",
                folder.resolve("a.y4m"),
                "--seed",
                1,
                "--save-embeddings",
                embeddings,
                "--save-latents",
                latents));
        Files.delete(model.resolve("text_encoder/model.safetensors"));
        run(generate("bare", folder.resolve("b.y4m"), "--seed", 1, "--embeddings", embeddings));
        assertEquals(-1, Files.mismatch(folder.resolve("a.y4m"), folder.resolve("b.y4m")));
        assertRefused(generate("bare", folder.resolve("c.y4m"), "--prompt", "x"), "must be a complete model directory");
        Files.delete(model.resolve("transformer/model.safetensors"));
        run(List.of("decode", latents, "--model", model, "--out", folder.resolve("d.y4m")));
        assertEquals(-1, Files.mismatch(folder.resolve("a.y4m"), folder.resolve("d.y4m")));
        assertFalse(Files.exists(folder.resolve("c.y4m")));
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        Path embeddings = folder.resolve("e.safetensors");
        Path latents = folder.resolve("l.safetensors");
        Path out = folder.resolve("no.mp4");
        run(generate(
                "tiny-wan-t2v",
                folder.resolve("a.mp4"),
                "--guidance",
                1,
                "--seed",
                1,
                "--save-embeddings",
                embeddings,
                "--save-latents",
                latents));
        assertRefused(
                generate("tiny-wan-t2v", out, "--embeddings", embeddings),
                "must have the negative prompt's rows for guidance");
        assertRefused(
                generate("tiny-wan-t2v", out, "--embeddings", embeddings, "--prompt", "x"),
                "--embeddings must be given without");
        assertRefused(generate("tiny-wan-t2v", out, "--embeddings", latents), "must hold prompt [rows, width]");
        assertRefused(generate("tiny-wan-t2v", out, "--save-latents", folder.resolve("none/l")), "must be writable");
        assertRefused(
                List.of("decode", embeddings, "--model", models.resolve("tiny-wan-t2v"), "--out", out),
                "must hold one tensor of one clip");
        assertRefused(
                List.of(
                        "decode",
                        latents,
                        "--model",
                        models.resolve("tiny-wan-t2v"),
                        "--out",
                        out,
                        "--layout",
                        "NTHWC"),
                "latents must have 16 channels");
        assertRefused(
                List.of("decode", latents, "--model", models.resolve("tiny-dc-videogen-t2v"), "--out", out),
                "latents must have");
        assertFalse(Files.exists(out));
    }

    /** A state that torch.save wrote, as TAEHV's example, has neither name nor metadata. */
    @Test
    void latentsOfOtherProgramsAreDecoded() throws IOException {
        Path latents = folder.resolve("l.safetensors");
        run(generate("tiny-wan-t2v", folder.resolve("a.y4m"), "--seed", 1, "--save-latents", latents));
        try (Safetensors file = Safetensors.open(latents)) {
            assertEquals("NCTHW", file.metadata().get("layout"));
            assertEquals("[1, 16, 3, 8, 12]", file.shape("latents").toString());
            Pickles.save(folder.resolve("l.pth"), file);
        }
        run(List.of(
                "decode",
                folder.resolve("l.pth"),
                "--model",
                models.resolve("tiny-wan-t2v"),
                "--out",
                folder.resolve("b.y4m")));
        assertEquals(-1, Files.mismatch(folder.resolve("a.y4m"), folder.resolve("b.y4m")));
    }

    @Test
    void aSeedThatIsChosenIsPrintedAndMakesTheVideoAgain() throws IOException {
        Path first = folder.resolve("a.mp4");
        Matcher seed = Pattern.compile("(?m)^seed (\\d+); --seed \\1 makes this video again$")
                .matcher(run(generate("tiny-wan-t2v", first)).err());
        assertTrue(seed.find());
        assertEquals(seed.group(1), Video.readMetadata(first).get("seed"));
        Path second = folder.resolve("b.mp4");
        assertFalse(run(generate("tiny-wan-t2v", second, "--seed", seed.group(1)))
                .err()
                .contains("makes this video again"));
        assertEquals(-1, Files.mismatch(first, second));
    }
}
