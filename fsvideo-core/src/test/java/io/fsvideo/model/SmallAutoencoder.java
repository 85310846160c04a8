package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.model.StageConfig.Block;
import io.fsvideo.nn.CrossAttention.Kind;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Autoencoders of all parts at the smallest widths, with random weights, and clips for them. */
final class SmallAutoencoder {
    private SmallAutoencoder() {}

    static AutoencoderConfig config(DecoderTime time) {
        return config(List.of(2, 2, 1, 1, 1, 1), time);
    }

    static AutoencoderConfig config(List<Integer> factors, DecoderTime time) {
        List<StageConfig> encoder = stages(2, 1, 1, 2, 1, 1, 1);
        List<StageConfig> decoder = stages(1, 2, 1, 1, 2, 1, 0);
        Map<Integer, Kind> cross =
                Map.of(2, Kind.LINEAR, 3, Kind.LINEAR, 4, Kind.SOFTMAX, 5, Kind.SOFTMAX, 6, Kind.SOFTMAX);
        return new AutoencoderConfig(
                4,
                4,
                4,
                8,
                factors,
                List.of(2, 3, 4, 5, 6),
                encoder,
                decoder,
                time,
                new TreeMap<>(cross),
                1e-8f,
                1e-15f,
                2,
                3,
                0.05f,
                1);
    }

    private static List<StageConfig> stages(int... depths) {
        List<StageConfig> stages = new ArrayList<>();
        for (int i = 0; i < depths.length; i++) {
            stages.add(new StageConfig(8, depths[i], i < 3 ? Block.RES_BLOCK : Block.EVIT_S5_GLU));
        }
        return stages;
    }

    static Autoencoder load(Arena a, DecoderTime time) {
        AutoencoderConfig config = config(time);
        return Weights.load(a, new RandomSource(3), DType.F32, w -> new Autoencoder(w, config));
    }

    /** {@code [1, frames, 64, 128, 3]} of noise. */
    static Tensor video(Arena a, int frames) {
        return a.noise(DType.F32, 5, 0, 1, frames, 64, 128, 3);
    }

    static Tensor frames(Arena a, Tensor x, long from, long to) {
        return a.slice(x, 1, from, to);
    }

    /** Every bit equal. */
    static void assertSame(String what, Tensor expected, Tensor actual) {
        assertArrayEquals(expected.shape().toArray(), actual.shape().toArray(), what + " shape");
        assertArrayEquals(expected.toFloats(), actual.toFloats(), what);
    }
}
