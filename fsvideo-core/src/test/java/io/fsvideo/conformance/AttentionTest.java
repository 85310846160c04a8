package io.fsvideo.conformance;

import static io.fsvideo.conformance.Compare.assertClose;
import static io.fsvideo.conformance.Inputs.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.reference.MatrixReference;
import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EveryComputeDType
class AttentionTest {
    /** Exponential and division of a softmax in F32: a few units each. */
    private static final double SOFTMAX_RELATIVE = 1e-6;

    @Parameter
    DType dtype;

    @ParameterizedTest(name = "batch {0}, {1} queries, {2} keys, {3} heads of {4}")
    @CsvSource({
        "1, 1, 1, 1, 8",
        "2, 257, 257, 2, 28",
        "1, 1519, 33, 1, 64",
        "2, 7, 1519, 2, 80",
        "1, 64, 77, 3, 128",
        "3, 5, 9, 4, 2",
        "1, 1, 257, 2, 64",
        "1, 700, 700, 1, 16"
    })
    void matchesDefinition(int batch, int queries, int keys, int heads, int headDim, Arena a) {
        Tensor q = Inputs.normal(a, "q", dtype, batch, queries, heads, headDim);
        Tensor k = Inputs.normal(a, "k", dtype, batch, keys, heads, headDim);
        Tensor v = Inputs.rows(a, "v", dtype, batch, keys, heads, headDim);
        assertAttention(q, k, v, null, null, a);
    }

    @ParameterizedTest(name = "{0} queries, {1} keys, {2} heads of {3}")
    @CsvSource({"1, 1, 1, 8", "33, 65, 2, 64", "257, 19, 3, 28", "512, 512, 1, 64"})
    void addsBiasAndStopsAtKeyLengths(int queries, int keys, int heads, int headDim, Arena a) {
        Tensor q = Inputs.normal(a, "q", dtype, 3, queries, heads, headDim);
        Tensor k = Inputs.normal(a, "k", dtype, 3, keys, heads, headDim);
        Tensor v = Inputs.rows(a, "v", dtype, 3, keys, heads, headDim);
        Tensor bias = Inputs.normal(a, "bias", DType.F32, heads, queries, keys);
        int[] lengths = {1, keys, (keys + 1) / 2};
        assertAttention(q, k, v, bias, null, a);
        assertAttention(q, k, v, null, lengths, a);
        assertAttention(q, k, v, bias, lengths, a);
    }

    private void assertAttention(Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, Arena a) {
        float scale = (float) (1 / Math.sqrt(q.dim(3)));
        double[] expected = MatrixReference.attention(exact(q), exact(k), exact(v), exact(bias), keyLengths, scale);
        double[] magnitude =
                MatrixReference.attention(exact(q), exact(k), exact(v).abs(), exact(bias), keyLengths, scale);
        double logit = scale * longest(exact(q)) * longest(exact(k))
                + (bias == null ? 0 : Inputs.largest(exact(bias).data()));
        // An error in a logit is a relative error of its weight and of the weights' sum.
        double weights = 2 * Tolerance.sumOf((int) q.dim(3) + 1) * logit + SOFTMAX_RELATIVE;
        double relative = weights + 2 * Tolerance.sumOf((int) k.dim(1));
        Tolerance tolerance = Tolerance.product(dtype, relative, expected, magnitude);
        assertClose(expected, a.attention(q, k, v, bias, keyLengths, scale), tolerance);
    }

    /** Euclidean length of the longest row along the last axis: by Cauchy and Schwarz a bound for sums of products. */
    private static double longest(Values values) {
        double longest = 0;
        for (int row = 0; row < values.rows(); row++) {
            double square = 0;
            for (int i = 0; i < values.dim(-1); i++) {
                square += Math.pow(values.data()[row * values.dim(-1) + i], 2);
            }
            longest = Math.max(longest, Math.sqrt(square));
        }
        return longest;
    }

    /** Logits of +-1e6 overflow exp unless the largest is taken off first; the nearest key then wins alone. */
    @Test
    void hugeLogitsPickOneKey(Arena a) {
        int keys = 70;
        float[] points = new float[keys * 2];
        for (int i = 0; i < keys; i++) {
            points[2 * i] = (float) (1024 * Math.cos(2 * Math.PI * i / keys));
            points[2 * i + 1] = (float) (1024 * Math.sin(2 * Math.PI * i / keys));
        }
        Tensor q = a.of("q", dtype, points, 1, keys, 1, 2);
        Tensor v = Inputs.normal(a, "v", dtype, 1, keys, 1, 2);
        assertClose(exact(v).data(), a.attention(q, q, v, null, null, 1f), Tolerance.element(dtype));
    }

    /** Logits that climb from key to key, so that what was summed before counts for less and less; the first keys are hidden. */
    @Test
    void climbingLogitsForgetEarlierKeys(Arena a) {
        int queries = 16;
        int keys = 700;
        float[] climb = new float[queries * keys];
        for (int i = 0; i < climb.length; i++) {
            int key = i % keys;
            climb[i] = key < 300 ? -1e30f : 0.02f * (1 + i / keys) * key;
        }
        Tensor q = a.fill(dtype, 0, 1, queries, 1, 16);
        Tensor k = Inputs.normal(a, "k", dtype, 1, keys, 1, 16);
        Tensor v = Inputs.normal(a, "v", dtype, 1, keys, 1, 16);
        Tensor bias = a.of("bias", climb, 1, queries, keys);
        double[] expected = MatrixReference.attention(exact(q), exact(k), exact(v), exact(bias), null, 1);
        double[] magnitude = MatrixReference.attention(exact(q), exact(k), exact(v).abs(), exact(bias), null, 1);
        double relative = SOFTMAX_RELATIVE + 2 * Tolerance.sumOf(keys);
        assertClose(
                expected,
                a.attention(q, k, v, bias, null, 1f),
                Tolerance.product(dtype, relative, expected, magnitude));
    }

    @Test
    void equalLogitsGiveTheMean(Arena a) {
        Tensor q = Inputs.normal(a, "q", dtype, 1, 3, 1, 2);
        Tensor k = a.fill(dtype, 0.5f, 1, 4, 1, 2);
        Tensor v = a.of("v", dtype, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 4, 1, 2);
        assertClose(new double[] {4, 5, 4, 5, 4, 5}, a.attention(q, k, v, null, null, 1f), Tolerance.element(dtype));
        assertClose(
                new double[] {2, 3, 2, 3, 2, 3},
                a.attention(q, k, v, null, new int[] {2}, 1f),
                Tolerance.element(dtype));
    }

    /** A padded text: thousands of equal keys and values, whose running sum would drift by a rounding per key. */
    @ParameterizedTest(name = "{0} queries, {1} keys")
    @CsvSource({"1, 129", "3, 512", "300, 5000"})
    void equalValuesGiveThatValue(int queries, int keys, Arena a) {
        Tensor q = Inputs.normal(a, "q", dtype, 1, queries, 1, 8);
        Tensor k = a.fill(dtype, 0.5f, 1, keys, 1, 8);
        Tensor row = Inputs.normal(a, "v", dtype, 1, 1, 1, 8);
        Tensor v = a.concat(1, Collections.nCopies(keys, row));
        Tensor expected = a.concat(1, Collections.nCopies(queries, row));
        assertClose(exact(expected).data(), a.attention(q, k, v, null, null, 1f), Tolerance.element(dtype));
    }

    /** Logits ln 1, ln 3 give weights 1/4, 3/4; the second head has them the other way round by its bias. */
    @Test
    void knownWeights(Arena a) {
        float ln3 = (float) Math.log(3);
        Tensor q = a.fill(dtype, 0, 1, 1, 2, 2);
        Tensor v = a.of("v", dtype, new float[] {0, 8, 0, 8, 4, 0, 4, 0}, 1, 2, 2, 2);
        Tensor bias = a.of("bias", new float[] {0, ln3, ln3, 0}, 2, 1, 2);
        double[] expected = {3, 2, 1, 6};
        assertClose(expected, a.attention(q, ones(a), v, bias, null, 1f), Tolerance.element(dtype));
    }

    private Tensor ones(Arena a) {
        return a.fill(dtype, 1, 1, 2, 2, 2);
    }

    @Test
    void keysBeyondTheLengthAreNeverRead(Arena a) {
        Tensor q = Inputs.normal(a, "q", dtype, 1, 5, 2, 8);
        Tensor k = Inputs.normal(a, "k", dtype, 1, 6, 2, 8);
        Tensor v = Inputs.normal(a, "v", dtype, 1, 6, 2, 8);
        Tensor nan = a.fill(dtype, Float.NaN, 1, 3, 2, 8);
        Tensor longK = a.concat(1, List.of(k, nan));
        Tensor longV = a.concat(1, List.of(v, nan));
        double[] expected = exact(a.attention(q, k, v, null, null, 0.3f)).data();
        double largest = Inputs.largest(exact(v).data());
        Tensor actual = a.attention(q, longK, longV, null, new int[] {6}, 0.3f);
        Tolerance rounding = Tolerance.sum(dtype, 8, i -> largest);
        assertClose(expected, actual, rounding);
    }

    @Test
    void noQueriesGiveNothing(Arena a) {
        Tensor q = a.alloc("q", dtype, Shape.of(2, 0, 3, 8));
        Tensor k = Inputs.normal(a, "k", dtype, 2, 4, 3, 8);
        assertEquals(Shape.of(2, 0, 3, 8), a.attention(q, k, k, null, null, 1f).shape());
    }
}
