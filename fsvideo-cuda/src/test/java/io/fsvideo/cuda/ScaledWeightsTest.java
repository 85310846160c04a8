package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Linear weights packed as E4M3. */
class ScaledWeightsTest {
    /** Half a unit in the last of four bits, uniformly distributed, at the worst mantissa; of two operands. */
    private static final double NORM = Math.sqrt(2) * 0.125 / Math.sqrt(12);

    /** Whole numbers of -7 .. 7 with a 7 in every row, small ones elsewhere: 448 / 7 is a power of two, so codes are exact. */
    private static float[] whole(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % columns == i / columns % columns ? 7 : (i * 5 + i / 7) % 3 - 1;
        }
        return values;
    }

    private static float[] product(float[] x, float[] w, int rows, int in, int out) {
        float[] result = new float[rows * out];
        for (int i = 0; i < result.length; i++) {
            for (int k = 0; k < in; k++) {
                result[i] += x[i / out * in + k] * w[i % out * in + k];
            }
        }
        return result;
    }

    @ParameterizedTest(name = "{0}: {1} x, weight stored as {2}, [{3}, {4}] to {5}")
    @CsvSource({
        "cuda-emulated, BF16, F32, 1, 16, 1",
        "cuda-emulated, BF16, BF16, 130, 48, 137",
        "cuda-emulated, BF16, F16, 5, 144, 24",
        "cuda-emulated, BF16, F8_E4M3, 5, 32, 24",
        "cuda-emulated, F32, F32, 5, 32, 24",
        "cuda-emulated-sm80, BF16, BF16, 130, 48, 137"
    })
    void exactWhereCodesAre(String name, DType dtype, DType stored, int rows, int in, int out) {
        float[] x = whole(rows, in);
        float[] w = whole(out, in);
        try (Backend backend = Backend.open(name);
                Arena a = Arena.root(backend, "test")) {
            Tensor weight = a.pack(a.cast(a.of("weight", w, out, in), stored), Layout.LINEAR, DType.F8_E4M3);
            assertEquals((long) out * in + out * 4L, weight.bytes());
            Tensor y = a.linear(a.of("x", dtype, x, rows, in), weight, null, Activation.NONE);
            assertArrayEquals(product(x, w, rows, in, out), y.toFloats());
        }
    }

    /** Weights far below the smallest E4M3 number, as trained ones are: their scale keeps them. */
    @Test
    void smallWeightsKeepTheirBits() {
        int rows = 33;
        int in = 256;
        int out = 40;
        SplittableRandom random = new SplittableRandom(3);
        float[] x = uniform(random, rows * in, 1);
        float[] w = uniform(random, out * in, 1e-4f);
        try (Backend backend = Backend.open("cuda-emulated");
                Arena a = Arena.root(backend, "test")) {
            Tensor weight = a.pack(a.of("weight", w, out, in), Layout.LINEAR, DType.F8_E4M3);
            float[] actual = a.linear(a.of("x", DType.BF16, x, rows, in), weight, null, Activation.NONE)
                    .toFloats();
            float[] expected = product(x, w, rows, in, out);
            double error = 0;
            double norm = 0;
            for (int i = 0; i < actual.length; i++) {
                error += Math.pow(actual[i] - expected[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            assertTrue(Math.sqrt(error / norm) <= NORM, "relative error " + Math.sqrt(error / norm));
            assertTrue(norm > 0);
        }
    }

    private static float[] uniform(SplittableRandom random, int count, float scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1) * scale;
        }
        return values;
    }

    /** Bias and activation are the kernel's. */
    @Test
    void biasAndActivation() {
        try (Backend backend = Backend.open("cuda-emulated", BackendOptions.defaults());
                Arena a = Arena.root(backend, "test")) {
            Tensor weight = a.pack(a.fill(DType.F32, 1, 2, 16), Layout.LINEAR, DType.F8_E4M3);
            Tensor bias = a.of("bias", new float[] {-10, -20}, 2);
            Tensor y = a.linear(a.fill(DType.BF16, 1, 3, 16), weight, bias, Activation.RELU);
            assertArrayEquals(new float[] {6, 0, 6, 0, 6, 0}, y.toFloats());
        }
    }
}
