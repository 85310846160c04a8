package io.fsvideo.weightstools.convert;

import static io.fsvideo.weightstools.convert.SameTensors.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelInit;
import io.fsvideo.family.wan.DiffusersCopy;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.Pickles;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small models in upstream's layouts come back to the bit. */
class ConvertCommandTest {
    @TempDir
    static Path models;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeModels() {
        try (Backend backend = Backend.open("cpu")) {
            for (String name : List.of("tiny-wan-t2v", "tiny-wan-flf2v", "tiny-dc-videogen-i2v")) {
                ModelInit.write(name, 3, models.resolve(name), backend);
            }
        }
    }

    /** Our names to Diffusers', as design tables have them: written apart from the rules under test. */
    private static String theirs(String name) {
        if (name.equals("head.modulation")) {
            return "scale_shift_table";
        }
        if (name.equals("img_emb.emb_pos")) {
            return "condition_embedder.image_embedder.pos_embed";
        }
        String image = "condition_embedder.image_embedder.";
        return name.replace("time_embedding.0", "condition_embedder.time_embedder.linear_1")
                .replace("time_embedding.2", "condition_embedder.time_embedder.linear_2")
                .replace("time_projection.1", "condition_embedder.time_proj")
                .replace("text_embedding.0", "condition_embedder.text_embedder.linear_1")
                .replace("text_embedding.2", "condition_embedder.text_embedder.linear_2")
                .replace("img_emb.proj.0", image + "norm1")
                .replace("img_emb.proj.1", image + "ff.net.0.proj")
                .replace("img_emb.proj.3", image + "ff.net.2")
                .replace("img_emb.proj.4", image + "norm2")
                .replace("head.head", "proj_out")
                .replace("norm3", "norm2")
                .replace("modulation", "scale_shift_table")
                .replace("self_attn", "attn1")
                .replace("cross_attn", "attn2")
                .replaceAll("(attn.)\\.([qkv])\\.", "$1.to_$2.")
                .replaceAll("(attn.)\\.o\\.", "$1.to_out.0.")
                .replace(".k_img", ".add_k_proj")
                .replace(".v_img", ".add_v_proj")
                .replace("norm_k_img", "norm_added_k")
                .replace("ffn.0", "ffn.net.0.proj")
                .replace("ffn.2", "ffn.net.2");
    }

    private Path renamed(Path source, UnaryOperator<String> rename, long shardBytes) throws IOException {
        Path target = Files.createTempDirectory(folder, "source");
        try (TensorFile file = Checkpoint.open(source)) {
            Map<String, StoredInfo> infos = new HashMap<>();
            Map<String, Declared> declared = new TreeMap<>();
            for (StoredInfo info : file.tensors()) {
                infos.put(rename.apply(info.name()), info);
                declared.put(rename.apply(info.name()), TensorCopy.declared(info));
            }
            TensorCopy copy = new TensorCopy(file);
            new ShardWriter(target, Map.of(), (name, writer) -> copy.copy(infos.get(name), name, writer))
                    .write(declared, shardBytes);
        }
        return target;
    }

    private static CommandRun convert(Path source, String config, String part, Path out, Object... more) {
        Object[] arguments = {"weights", "convert", source, "--config", config, "--part", part, "--out", out};
        return CommandRun.of(
                Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray());
    }

    private static Path part(String model, String part) {
        return models.resolve(model).resolve(part);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-wan-t2v", "tiny-wan-flf2v", "tiny-dc-videogen-i2v"})
    void diffusersShardsComeBackToTheBit(String model) throws IOException {
        Path original = part(model, "transformer");
        Path out = folder.resolve("new/model/transformer");
        CommandRun run = convert(
                renamed(original, ConvertCommandTest::theirs, 300_000),
                model,
                "transformer",
                out,
                "--max-size",
                "200KB");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("names of DIFFUSERS_WAN, 0 tensors left out"), run.out());
        assertSame(original, out);
        assertEquals(Files.readString(original.resolve("config.json")), Files.readString(out.resolve("config.json")));
        try (Stream<Path> files = Files.list(out)) {
            assertTrue(files.filter(file -> file.toString().endsWith(".safetensors"))
                            .count()
                    > 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "transformer,   transformer,   DIFFUSERS_WAN,     0",
        "autoencoder,   vae,           DIFFUSERS_WAN_VAE, 0",
        "text_encoder,  text_encoder,  TRANSFORMERS_UMT5, 1",
        "image_encoder, image_encoder, TRANSFORMERS_CLIP, 5",
    })
    void partsOfDiffusersAndTransformersComeBackToTheBit(String part, String theirs, String dialect, int left)
            throws IOException {
        Path copy = folder.resolve("copy");
        Path model = models.resolve("tiny-wan-flf2v");
        DiffusersCopy.write(model, copy, ModelFamily.model("tiny-wan-flf2v"), DType.F32);
        Path out = folder.resolve("out");
        CommandRun run = convert(copy.resolve(theirs), "tiny-wan-flf2v", part, out);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("names of " + dialect + ", " + left + " tensors left out"), run.out());
        assertSame(model.resolve(part), out);
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-wan-t2v,         transformer,   dit.pth",
        "tiny-wan-t2v,         text_encoder,  models_t5.pth",
        "tiny-wan-flf2v,       image_encoder, models_clip.pth",
        "tiny-wan-t2v,         autoencoder,   Wan_VAE.pth",
        "tiny-dc-videogen-i2v, autoencoder,   dc-ae-v.pt",
    })
    void everyPartComesBackFromItsPth(String model, String part, String name) throws IOException {
        Path original = part(model, part);
        String[] around = name.endsWith(".pt") ? new String[] {"ema_model_state_dict", "0.999"} : new String[0];
        Path pth;
        try (Container file = Container.open(original)) {
            pth = Pickles.save(folder.resolve(name), file, around);
        }
        Path out = folder.resolve("out");
        CommandRun run = convert(pth, model, part, out);
        assertEquals(0, run.exitCode(), run.err());
        assertSame(original, out);
    }

    /** Wan2.1's own download: shards in the folder itself, pickles beside them, the tokenizer in its repository's folder. */
    @Test
    void aWholeDownloadBecomesAModelDirectory() throws IOException {
        Path model = models.resolve("tiny-wan-flf2v");
        Path download = Files.createDirectory(folder.resolve("download"));
        Files.copy(
                model.resolve("transformer/model.safetensors"),
                download.resolve("diffusion_pytorch_model.safetensors"));
        for (String[] pair : new String[][] {
            {"text_encoder", "models_t5_umt5-xxl-enc-bf16.pth"},
            {"image_encoder", "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"},
            {"autoencoder", "Wan2.1_VAE.pth"}
        }) {
            try (Container file = Container.open(model.resolve(pair[0]))) {
                Pickles.save(download.resolve(pair[1]), file);
            }
        }
        Path out = folder.resolve("models/wan");
        Object[] command = {"weights", "convert", download, "--config", "tiny-wan-flf2v", "--out", out};
        assertRefused(CommandRun.of(command), "got none of [tokenizer as any of [google/umt5-xxl/tokenizer.json");
        Files.createDirectories(download.resolve("google/umt5-xxl"));
        Files.copy(model.resolve("tokenizer/tokenizer.json"), download.resolve("google/umt5-xxl/tokenizer.json"));
        CommandRun run = CommandRun.of(command);
        assertEquals(0, run.exitCode(), run.err());
        for (String part : List.of("transformer", "text_encoder", "image_encoder", "autoencoder")) {
            assertSame(model.resolve(part), out.resolve(part));
        }
        assertEquals(
                ModelFamily.model("tiny-wan-flf2v"), ModelDirectory.open(out).config());
    }

    @Test
    void aCheckpointThatDoesNotFitIsListedWholeAndNothingIsWritten() throws IOException {
        Path out = folder.resolve("out/transformer");
        CommandRun run = convert(part("tiny-wan-t2v", "transformer"), "tiny-wan-flf2v", "transformer", out);
        assertRefused(run, "missing: ", "img_emb.emb_pos", "wrong shape: patch_embedding.weight must be ");
        Path wrong = renamed(
                part("tiny-wan-t2v", "transformer"),
                name -> theirs(name).replace("0.norm2", "0.norm3"),
                Long.MAX_VALUE);
        assertRefused(
                convert(wrong, "tiny-wan-t2v", "transformer", out),
                "2 missing: blocks.0.norm3.weight",
                "2 unused: blocks.0.norm3.bias (not a name of Diffusers)");
        assertRefused(
                convert(Pickles.MADE.resolve("bad-system.pth"), "tiny-wan-t2v", "text_encoder", out), "posix.system");
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void partsAndTargetsAreChecked() throws IOException {
        Path source = part("tiny-wan-t2v", "transformer");
        assertRefused(
                convert(source, "tiny-wan-t2v", "refiner", folder.resolve("out")),
                "--part must be one of [text_encoder, autoencoder, transformer] for tiny-wan-t2v, got refiner");
        assertRefused(
                CommandRun.of("weights", "convert", source, "--config", "tiny-wan-t2v", "--out", folder.resolve("out")),
                "got none");
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("notes.txt"), "mine");
        assertRefused(convert(source, "tiny-wan-t2v", "transformer", full), "must be a new or empty folder");
        assertEquals("mine", Files.readString(full.resolve("notes.txt")));
    }

    @Test
    void damagedShardsAreRefusedAndNothingIsWritten() throws IOException {
        Path out = folder.resolve("out");
        Path linked = Files.createDirectory(folder.resolve("linked"));
        Path target = part("tiny-wan-t2v", "transformer").resolve("model.safetensors");
        Files.createSymbolicLink(linked.resolve("model.safetensors"), target);
        assertRefused(convert(linked, "tiny-wan-t2v", "transformer", out), "must be in its folder, got a link");

        Path gone = renamed(part("tiny-wan-t2v", "transformer"), name -> name, 300_000);
        Path second = shards(gone).get(1);
        byte[] bytes = Files.readAllBytes(second);
        Files.write(second, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(convert(gone, "tiny-wan-t2v", "transformer", out), "truncated?");
        Files.delete(second);
        assertRefused(convert(gone, "tiny-wan-t2v", "transformer", out), "must be a file, got nothing there");
        Files.copy(shards(gone).get(0), second);
        assertRefused(convert(gone, "tiny-wan-t2v", "transformer", out), "must be in one file only");
        assertFalse(Files.exists(out));
    }

    private static List<Path> shards(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static void assertRefused(CommandRun run, String... facts) {
        assertEquals(1, run.exitCode());
        assertEquals(
                1, run.err().lines().filter(line -> line.startsWith("error: ")).count(), run.err());
        for (String fact : facts) {
            assertTrue(run.err().contains(fact), () -> "no '" + fact + "' in: " + run.err());
        }
    }
}
