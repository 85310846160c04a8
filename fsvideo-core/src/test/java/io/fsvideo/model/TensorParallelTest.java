package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.RandomWeights;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorParallelTest {
    private static final DitConfig CONFIG = DitConfig.tiny();

    @TempDir
    Path folder;

    private static Map<String, Shape> parameters(Backend backend) {
        return Weights.requests(backend, w -> new Dit(w, CONFIG)).shapes();
    }

    @Test
    void cutsTheseParametersOfABlockAndNoOthers() {
        TensorParallel split = TensorParallel.of(CONFIG, 2);
        TreeSet<String> cut = new TreeSet<>();
        try (Backend backend = Backend.open("reference")) {
            parameters(backend)
                    .forEach((name, shape) -> split.slice(name, 1).ifPresent(slice -> {
                        assertEquals(shape.dim(slice.axis()), slice.whole(), name);
                        assertEquals(shape.dim(slice.axis()) / 2, slice.begin(), name);
                        assertEquals(shape.dim(slice.axis()), slice.end(), name);
                        cut.add(name.replaceFirst("blocks\\.\\d+", "b") + " " + slice.axis());
                    }));
        }
        TreeSet<String> expected = new TreeSet<>(List.of("b.ffn.0.weight 0", "b.ffn.0.bias 0", "b.ffn.2.weight 1"));
        for (String attention : List.of("self_attn", "cross_attn")) {
            for (String linear : List.of("q", "k", "v")) {
                expected.add("b." + attention + "." + linear + ".weight 0");
                expected.add("b." + attention + "." + linear + ".bias 0");
            }
            expected.add("b." + attention + ".norm_q.weight 0");
            expected.add("b." + attention + ".norm_k.weight 0");
            expected.add("b." + attention + ".o.weight 1");
        }
        for (String linear : List.of("k_img", "v_img")) {
            expected.add("b.cross_attn." + linear + ".weight 0");
            expected.add("b.cross_attn." + linear + ".bias 0");
        }
        expected.add("b.cross_attn.norm_k_img.weight 0");
        assertEquals(expected, cut);
    }

    @Test
    void scalesOfQuantizedMatricesGoWithTheOutputs() {
        TensorParallel split = TensorParallel.of(CONFIG, 4);
        assertEquals(
                new Slice(0, 96, 72, 96),
                split.slice("blocks.2.cross_attn.k_img.weight_scale", 3).orElseThrow());
        assertTrue(split.slice("blocks.2.ffn.2.weight_scale", 3).isEmpty());
    }

    @Test
    void everyRankHasWholeHeadsAndAsManyChannels() {
        TensorParallel split = TensorParallel.of(DitConfig.fsvideo14B(), 8);
        assertEquals(List.of(5, 640, 1728), List.of(split.heads(), split.dim(), split.ffnDim()));
        assertEquals(List.of(1, 2, 4, 8), TensorParallel.legalRanks(DitConfig.fsvideo14B()));
        assertEquals(List.of(1, 2, 4), TensorParallel.legalRanks(DitConfig.wan21T2v1_3B()));
    }

    @Test
    void refusesOtherNumbersOfRanksNamingTheLegalOnes() {
        for (int ranks : new int[] {0, -1, 3, 5, 8, 96}) {
            ConfigException e = assertThrows(ConfigException.class, () -> TensorParallel.of(CONFIG, ranks));
            assertEquals(
                    "tensor parallel: ranks must be one of [1, 2, 4], which divide num_heads 4 and ffn_dim 192, got "
                            + ranks,
                    e.getMessage());
        }
        ConfigException rank = assertThrows(
                ConfigException.class, () -> TensorParallel.of(CONFIG, 2).metadata(2));
        assertEquals("tensor parallel: rank must be within 0..1, got 2", rank.getMessage());
    }

    private Path whole(Backend backend) throws IOException {
        Path place = Files.createDirectory(folder.resolve("whole"));
        RandomWeights.write(place, Weights.requests(backend, w -> new Dit(w, CONFIG)), 3, DType.F32);
        return place;
    }

    @Test
    void readsSlicesOfAWholeCheckpoint() throws IOException {
        TensorParallel split = TensorParallel.of(CONFIG, 2);
        try (Backend backend = Backend.open("reference");
                CheckpointSource file = CheckpointSource.open(whole(backend));
                Arena a = Arena.root(backend, "test")) {
            TensorSource source = split.source(file, 1);
            assertEquals(parameters(backend).keySet(), source.shapes().keySet());
            for (String name :
                    List.of("blocks.1.self_attn.q.weight", "blocks.1.self_attn.o.weight", "blocks.1.ffn.0.bias")) {
                Slice slice = split.slice(name, 1).orElseThrow();
                Shape shape = file.shapes().get(name);
                Tensor part = source.load(a, name, source.shapes().get(name));
                assertEquals(shape.with(slice.axis(), shape.dim(slice.axis()) / 2), part.shape());
                Tensor expected = a.slice(file.load(a, name, shape), slice.axis(), slice.begin(), slice.end());
                assertArrayEquals(expected.toFloats(), part.toFloats(), name);
            }
            String bias = "blocks.1.self_attn.o.bias";
            assertArrayEquals(
                    file.load(a, bias, file.shapes().get(bias)).toFloats(),
                    source.load(a, bias, Shape.of(96)).toFloats());
            assertTrue(source.description().endsWith("whole (rank 1 of 2)"), source.description());
        }
    }

    private Path rankFile(TensorParallel split, int rank) {
        Path file = folder.resolve(split.fileName(rank));
        Map<String, Declared> tensors = Map.of("head.head.bias", new Declared(DType.F32, Shape.of(1)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, split.metadata(rank))) {
            writer.write("head.head.bias", new float[] {1}, 0, 1);
            writer.commit();
        }
        return file;
    }

    @Test
    void takesTheFileOfItsRankAndNoOther() {
        TensorParallel two = TensorParallel.of(CONFIG, 2);
        Path file = rankFile(two, 1);
        assertEquals("rank-00001-of-00002.safetensors", file.getFileName().toString());
        assertEquals(file, two.place(folder, 1));
        assertEquals(folder.resolveSibling("none"), two.place(folder.resolveSibling("none"), 0));
        WeightsException other = assertThrows(WeightsException.class, () -> two.place(folder, 0));
        assertTrue(
                other.getMessage().contains("must hold rank-00000-of-00002.safetensors, got [rank-00001-of-00002"),
                other.getMessage());
        try (CheckpointSource opened = CheckpointSource.open(file)) {
            assertSame(opened, two.source(opened, 1));
            assertRefused(opened, two, 0);
            assertRefused(opened, TensorParallel.of(CONFIG, 4), 1);
            assertRefused(opened, TensorParallel.of(DitConfig.fsvideo14B(), 2), 1);
        }
    }

    private static void assertRefused(CheckpointSource opened, TensorParallel split, int rank) {
        WeightsException e = assertThrows(WeightsException.class, () -> split.source(opened, rank));
        assertTrue(e.getMessage().contains("must be of {tensor_parallel_rank=" + rank), e.getMessage());
        assertTrue(
                e.getMessage().contains("got {") && e.getMessage().contains("fsvideo weights shard"), e.getMessage());
    }
}
