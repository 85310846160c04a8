package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.List;
import java.util.Map;

/** Small transformers with random parameters, biases and norms included, and inputs for them. */
final class DitCase {
    private static final int SEED = 21;

    private DitCase() {}

    /** Four layers, head dimension 14, image branch. */
    static DitConfig config(String layerMemory) {
        return new DitConfig(1, 1, 1, 12, 10, 42, 50, 16, 9, 6, 3, 4, 11, 1e-6f, layerMemory);
    }

    static Dit dit(Arena a, DitConfig config, TensorSource source) {
        return Weights.load(a, source, DType.F32, w -> new Dit(w, config));
    }

    static Dit dit(Arena a, DitConfig config) {
        return dit(a, config, new NoisySource());
    }

    static Tensor normal(Arena a, int stream, long... dims) {
        return a.noise(DType.F32, SEED, stream, dims);
    }

    /** Three texts of different lengths. */
    static List<Tensor> texts(Arena a, DitConfig c) {
        return List.of(
                normal(a, 1, 5, c.textDim()), normal(a, 2, 1, c.textDim()), normal(a, 3, c.textLen(), c.textDim()));
    }

    static void assertClose(float[] expected, float[] actual, double tolerance) {
        assertTrue(expected.length == actual.length, expected.length + " values, got " + actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Math.abs(expected[i] - actual[i]) <= tolerance, i + ": " + expected[i] + ", got " + actual[i]);
        }
    }

    /** Every parameter is noise around what keeps the network lively; none is constant, so none can be forgotten. */
    static class NoisySource implements TensorSource {
        @Override
        public String description() {
            return "noise";
        }

        @Override
        public Map<String, Shape> shapes() {
            return null;
        }

        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            try (Arena t = a.child(key)) {
                Tensor noise = t.noise(DType.F32, key.hashCode(), 0, shape.toArray());
                Tensor ones = t.fill(DType.F32, 1, shape.toArray());
                boolean norm = key.contains("norm") && key.endsWith("weight");
                float scale = (float)
                        (shape.rank() > 1 && !key.contains("modulation")
                                ? 1 / Math.sqrt(shape.numel() / (double) shape.dim(0))
                                : 0.3);
                return t.keep(t.weightedSum(new float[] {norm ? 1 : 0, scale}, List.of(ones, noise)));
            }
        }
    }
}
