package io.fsvideo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Layers no reference run covers, and who owns what. */
@ExtendWith(TestArena.class)
class LayerTest {
    /** Four channels of batch statistics. */
    private record Statistics(Map<String, float[]> values) implements TensorSource {
        @Override
        public String description() {
            return "statistics";
        }

        @Override
        public Map<String, Shape> shapes() {
            return Map.of(
                    "n.weight", Shape.of(2),
                    "n.bias", Shape.of(2),
                    "n.running_mean", Shape.of(2),
                    "n.running_var", Shape.of(2),
                    "n.num_batches_tracked", Shape.of());
        }

        @Override
        public Tensor load(Arena arena, String key, Shape shape) {
            return arena.of(key, values.get(key), shape.toArray());
        }
    }

    @Test
    void batchNormFollowsItsDefinition(Arena a) {
        TensorSource source = new Statistics(Map.of(
                "n.weight", new float[] {2, -1},
                "n.bias", new float[] {0.5f, 0},
                "n.running_mean", new float[] {1, 10},
                "n.running_var", new float[] {4, 0}));
        BatchNorm norm = Weights.load(a, source, DType.F32, w -> BatchNorm.of(w.at("n"), 2, 1e-4f));
        Tensor x = a.of("x", new float[] {1, 10, 5, 11}, 1, 1, 1, 2, 2);
        // (x - mean) / sqrt(var + eps) * weight + bias; the largest intermediate is 1100.
        float[] expected = {0.5f, 0, 0.5f + (float) (8 / Math.sqrt(4.0001)), -100};
        assertArrayEquals(expected, norm.forward(a, x).toFloats(), 1e-5f * 1100);
    }

    @Test
    void zeroPaddedConvolutionsCannotStream(Arena a) {
        Conv3d conv =
                Weights.load(a, new RandomSource(1), DType.F32, w -> Conv3d.of(w, Kernel.of(2, 2, 3), TimeMode.zero()));
        Tensor x = a.fill(DType.F32, 1, 1, 3, 4, 4, 2);
        try (Clip clip = new Clip(a, DecoderNoise.NONE)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> conv.forward(a, x, clip.chunk()));
            assertEquals(
                    "conv3d: time mode of a stream must not be zero, got weight [2, 2, 3, 3, 3] F32", e.getMessage());
        }
    }

    @Test
    void residualBlocksHoldThreeMaps(Arena a) {
        Norm.Factory norm = (w, channels) -> PixelNorm.plain(1e-8f);
        ResBlock block = Weights.load(
                a,
                new RandomSource(1),
                DType.F32,
                w -> ResBlock.of(w, 8, TimeMode.causal(), norm, io.fsvideo.tensor.Activation.SILU));
        long map = 5L * 64 * 64 * 8 * Float.BYTES;
        try (Arena root = Arena.root(a.backend(), "maps")) {
            Tensor x = root.noise(DType.F32, 1, 0, 1, 5, 64, 64, 8);
            assertEquals(map, root.bytesInUse());
            block.forward(root, x, Chunk.whole());
            assertEquals(2 * map, root.bytesInUse());
            assertEquals(3 * map, root.peakBytes());
        }
    }

    @Test
    void flowFreesWhatWasReplaced(Arena a) {
        Tensor x = a.fill(DType.F32, 1, 100);
        long before = a.bytesInUse();
        try (Flow flow = new Flow(a, x)) {
            flow.then("one", (s, v) -> s.add(v, v)).then("two", (s, v) -> s.add(v, v));
            assertEquals(before + 400, a.bytesInUse());
            assertEquals(4, flow.value().toFloats()[0]);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> flow.then("bad", (s, v) -> {
                        throw new IllegalArgumentException("bad");
                    }));
            assertEquals(before + 400, a.bytesInUse());
            assertEquals(8, flow.then("three", (s, v) -> s.add(v, v)).finish().toFloats()[0]);
        }
        assertEquals(before + 400, a.bytesInUse());
    }
}
