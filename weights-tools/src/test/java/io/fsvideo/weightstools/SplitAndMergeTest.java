package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weightstools.convert.SameTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitAndMergeTest {
    @TempDir
    Path folder;

    /** Every type, awkward sizes, and one tensor larger than the buffer that pieces go through. */
    private Path original() throws IOException {
        Map<String, Declared> declared = new TreeMap<>();
        int i = 0;
        for (DType dtype : DType.values()) {
            for (long[] dims : List.of(new long[] {257}, new long[] {}, new long[] {0, 3}, new long[] {7, 1, 11})) {
                declared.put("t" + i++ + "." + dtype, new Declared(dtype, Shape.of(dims)));
            }
        }
        declared.put("large", new Declared(DType.F32, Shape.of((4 << 18) + 3)));
        Path file = folder.resolve("original.safetensors");
        Random random = new Random(5);
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of("format", "pt", "step", "9"))) {
            declared.forEach((key, tensor) -> {
                byte[] bytes =
                        new byte[(int) tensor.shape().numel() * tensor.dtype().bytes()];
                random.nextBytes(bytes);
                writer.write(key, ByteBuffer.wrap(bytes));
            });
            writer.commit();
        }
        return file;
    }

    @Test
    void splitThenMergeIsTheSameFile() throws IOException {
        Path original = original();
        Path shards = folder.resolve("a/b/shards");
        CommandRun split = CommandRun.of("weights", "split", original, "--max-size", "2KB", "--out", shards);
        assertEquals(0, split.exitCode(), split.err());
        SameTensors.assertSame(original, shards);
        assertSizes(shards);
        Path merged = folder.resolve("merged.safetensors");
        CommandRun merge = CommandRun.of("weights", "merge", shards, "--out", merged);
        assertEquals(0, merge.exitCode(), merge.err());
        assertArrayEquals(Files.readAllBytes(original), Files.readAllBytes(merged));
    }

    private static void assertSizes(Path shards) throws IOException {
        try (Stream<Path> files = Files.list(shards)) {
            List<Path> sorted = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
            assertTrue(sorted.size() > 3, sorted.toString());
            assertEquals(
                    "model-00001-of-%05d.safetensors".formatted(sorted.size()),
                    sorted.get(0).getFileName().toString());
            long large = sorted.stream()
                    .filter(file -> file.toFile().length() > 1 << 20)
                    .count();
            assertEquals(1, large, "the tensor that is larger than a shard stands alone");
            assertTrue(Files.exists(shards.resolve("model.safetensors.index.json")));
        }
    }

    @Test
    void oneShardNeedsNoIndex() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(
                0,
                CommandRun.of("weights", "split", original(), "--max-size", "1GiB", "--out", out)
                        .exitCode());
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("original.safetensors")),
                Files.readAllBytes(out.resolve("model.safetensors")));
        assertFalse(Files.exists(out.resolve("model.safetensors.index.json")));
    }

    @Test
    void failuresLeaveNothing() throws IOException {
        Path original = original();
        byte[] bytes = Files.readAllBytes(original);
        Path broken = Files.write(folder.resolve("broken.safetensors"), Arrays.copyOf(bytes, bytes.length / 2));
        Path out = folder.resolve("out");
        CommandRun split = CommandRun.of("weights", "split", broken, "--max-size", "1MB", "--out", out);
        assertEquals(1, split.exitCode());
        assertTrue(split.err().contains("truncated?"), split.err());
        assertEquals(1, CommandRun.of("weights", "merge", broken, "--out", out).exitCode());
        CommandRun size = CommandRun.of("weights", "split", original, "--max-size", "0GB", "--out", out);
        assertEquals(2, size.exitCode());
        assertTrue(size.err().contains("size must be like 5GB, 500MB or 2GiB, at least 1 byte, got 0GB"), size.err());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }
}
