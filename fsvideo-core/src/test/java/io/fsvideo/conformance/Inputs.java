package io.fsvideo.conformance;

import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Deterministic test tensors; the name is the seed. */
final class Inputs {
    private static final float[] ROW_SCALES = {1f, 1e-3f, 1e3f, 0f};

    private Inputs() {}

    /** Standard normal numbers. */
    static Tensor normal(Arena a, String name, DType dtype, long... dims) {
        return a.of(name, dtype, normals(name, dims), dims);
    }

    /** Normal numbers whose rows along the last axis are scaled 1, 1e-3, 1e3, 0 in turn, so that an eps matters. */
    static Tensor rows(Arena a, String name, DType dtype, long... dims) {
        float[] values = normals(name, dims);
        int row = (int) dims[dims.length - 1];
        for (int i = 0; i < values.length; i++) {
            values[i] *= ROW_SCALES[i / row % ROW_SCALES.length];
        }
        return a.of(name, dtype, values, dims);
    }

    private static float[] normals(String name, long... dims) {
        float[] values = new float[(int) Shape.of(dims).numel()];
        SplittableRandom random = new SplittableRandom(name.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Whole numbers 0, 1, 2, .. modulo {@code modulus}, exact in the dtype when it is small enough. */
    static Tensor counting(Arena a, String name, DType dtype, int modulus, long... dims) {
        float[] values = new float[(int) Shape.of(dims).numel()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % modulus;
        }
        return a.of(name, dtype, values, dims);
    }

    /** The exact elements; null for null. */
    static Values exact(Tensor tensor) {
        return tensor == null
                ? null
                : Values.of(tensor.toFloats(), tensor.shape().toArray());
    }

    static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    /** A rope table: cosine and sine of angles far from each other. */
    static Tensor turns(Arena a, int batch, int tokens, int headDim) {
        float[] values = new float[batch * tokens * headDim];
        for (int i = 0; i < values.length; i += 2) {
            values[i] = (float) Math.cos(0.37 * i);
            values[i + 1] = (float) Math.sin(0.37 * i);
        }
        return a.of("table", values, batch, tokens, headDim / 2, 2);
    }
}
