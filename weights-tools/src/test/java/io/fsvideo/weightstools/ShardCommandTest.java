package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.family.ModelInit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.TensorSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardCommandTest {
    @TempDir
    static Path models;

    @TempDir
    Path folder;

    private static Path transformer;

    @BeforeAll
    static void makeModel() {
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write("tiny", 5, models.resolve("tiny"), backend);
        }
        transformer = models.resolve("tiny/transformer");
    }

    private static CommandRun shard(Path source, Object ranks, Path out) {
        return CommandRun.of("weights", "shard", source, "--tp", ranks, "--out", out);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void shardsMergeToTheSameFile(int ranks) throws IOException {
        Path out = folder.resolve("new/transformer");
        CommandRun run = shard(transformer, ranks, out);
        assertEquals(0, run.exitCode(), run.err());
        assertArrayEquals(
                Files.readAllBytes(transformer.resolve("config.json")), Files.readAllBytes(out.resolve("config.json")));
        Path merged = folder.resolve("merged.safetensors");
        CommandRun merge = CommandRun.of("weights", "merge", out, "--out", merged);
        assertEquals(0, merge.exitCode(), merge.err());
        assertArrayEquals(Files.readAllBytes(transformer.resolve("model.safetensors")), Files.readAllBytes(merged));
    }

    /** What the loader of a rank would read from the whole checkpoint. */
    @Test
    void everyRanksFileHasTheSlicesOfTheWhole() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(0, shard(transformer, 2, out).exitCode());
        TensorParallel split = TensorParallel.of(DitConfig.tiny(), 2);
        try (Backend backend = Backend.open("cpu");
                CheckpointSource whole = CheckpointSource.open(transformer)) {
            for (int rank = 0; rank < 2; rank++) {
                try (CheckpointSource file = CheckpointSource.open(split.place(out, rank));
                        Arena a = Arena.root(backend, "test")) {
                    TensorSource expected = split.source(whole, rank);
                    TensorSource own = split.source(file, rank);
                    assertEquals(expected.shapes(), own.shapes());
                    for (String name : own.shapes().keySet()) {
                        assertArrayEquals(
                                expected.load(a, name, expected.shapes().get(name))
                                        .toFloats(),
                                own.load(a, name, own.shapes().get(name)).toFloats(),
                                name);
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatCannotBeCut() throws IOException {
        Path out = folder.resolve("out");
        assertRefused(shard(transformer, 3, out), "ranks must be one of [1, 2, 4], which divide num_heads 4");
        assertRefused(
                shard(models.resolve("tiny/text_encoder"), 2, out), "config: dit.in_dim must be an integer, got none");
        Path other = Files.createDirectory(folder.resolve("other"));
        assertRefused(shard(other, 2, out), "config.json must be readable");
        Files.writeString(other.resolve("config.json"), "{");
        assertRefused(shard(other, 2, out), "config.json must be JSON");
        Files.writeString(
                other.resolve("config.json"), DitConfig.fsvideo14B().toJson().toString());
        Files.copy(transformer.resolve("model.safetensors"), other.resolve("model.safetensors"));
        assertRefused(
                shard(other, 2, out),
                "tensor parallel: blocks.0.cross_attn.k.bias must be 5120 along dimension 0 for its configuration, got [96]");
        Files.copy(
                transformer.resolve("config.json"), other.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
        Files.delete(other.resolve("model.safetensors"));
        Files.copy(models.resolve("tiny/autoencoder/model.safetensors"), other.resolve("model.safetensors"));
        assertRefused(shard(other, 2, out), "must have a transformer's blocks.*.self_attn");
        assertFalse(Files.exists(out));
    }

    @Test
    void ranksThatDisagreeAreRefusedAndNothingIsWritten() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(0, shard(transformer, 2, out).exitCode());
        assertRefused(
                CommandRun.of("weights", "split", out, "--max-size", "1MB", "--out", folder.resolve("s")),
                "must have a whole checkpoint, got files of ranks; first join them with: fsvideo weights merge");
        Path merged = folder.resolve("merged.safetensors");
        Path second = out.resolve("rank-00001-of-00002.safetensors");
        byte[] bytes = Files.readAllBytes(second);
        try (RandomAccessFile file = new RandomAccessFile(second.toFile(), "rw")) {
            long at =
                    file.length() - 1; // the data's last tensor is time_projection.1.weight, which every rank has whole
            file.seek(at);
            int last = file.read();
            file.seek(at);
            file.write(last ^ 1);
        }
        assertRefused(
                merge(out, merged),
                "time_projection.1.weight must be the same on every rank, got other values on rank 1");
        Files.copy(out.resolve("rank-00000-of-00002.safetensors"), second, StandardCopyOption.REPLACE_EXISTING);
        assertRefused(
                merge(out, merged), "metadata of rank-00001-of-00002.safetensors must be {tensor_parallel_rank=1");
        Files.delete(second);
        assertRefused(
                merge(out, merged), "files of ranks must be 2 from rank-00000-of-00002.safetensors on, got [rank-0");
        Files.write(second, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(merge(out, merged), "truncated?");
        Files.delete(second);
        Files.copy(transformer.resolve("model.safetensors"), out.resolve("rank-00000-of-00001.safetensors"));
        assertRefused(merge(out, merged), "metadata of rank-00000-of-00001.safetensors must be a rank's, got none");
        assertFalse(Files.exists(merged));
    }

    private static CommandRun merge(Path folder, Path out) {
        return CommandRun.of("weights", "merge", folder, "--out", out);
    }

    private static void assertRefused(CommandRun run, String fact) {
        assertEquals(1, run.exitCode(), run.out());
        assertTrue(run.err().contains(fact), () -> "no '" + fact + "' in: " + run.err());
    }
}
