package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation gives the same bits on 1, 2 and 8 threads, and again on a second call, at sizes that are worth splitting. */
class DeterminismTest {
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void sameBitsOnAnyNumberOfThreads(DType dtype) {
        Map<String, int[]> one = results(1, dtype);
        for (int threads : new int[] {1, 2, 8}) {
            results(threads, dtype).forEach((op, bits) -> assertArrayEquals(one.get(op), bits, op + " on " + threads));
        }
    }

    private static Map<String, int[]> results(int threads, DType dtype) {
        Map<String, int[]> results = new LinkedHashMap<>();
        BackendOptions options = BackendOptions.defaults().withThreads(threads);
        try (Backend backend = Backend.open(TestArena.backendName(), options)) {
            operations().forEach((op, call) -> {
                try (Arena a = Arena.root(backend, op)) {
                    results.put(op, bits(call.apply(a, dtype)));
                }
            });
        }
        return results;
    }

    private static int[] bits(Tensor tensor) {
        float[] values = tensor.toFloats();
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    private static Map<String, BiFunction<Arena, DType, Tensor>> operations() {
        Map<String, BiFunction<Arena, DType, Tensor>> all = new LinkedHashMap<>();
        matrices(all);
        norms(all);
        elements(all);
        layouts(all);
        return all;
    }

    private static void matrices(Map<String, BiFunction<Arena, DType, Tensor>> all) {
        all.put("linear", (a, d) -> linear(a, d, 1519, 136, 264, Activation.GELU_TANH));
        all.put("linear of one row", (a, d) -> linear(a, d, 1, 1024, 2048, Activation.NONE));
        all.put("linear of a long sum", (a, d) -> linear(a, d, 3, 20_000, 40, Activation.NONE));
        all.put(
                "attention",
                (a, d) -> a.attention(
                        heads(a, "q", d, 700, 3),
                        heads(a, "k", d, 600, 3),
                        heads(a, "v", d, 600, 3),
                        null,
                        new int[] {400},
                        0.1f));
        all.put(
                "attention of one head",
                (a, d) -> a.attention(
                        heads(a, "q", d, 1000, 1),
                        heads(a, "k", d, 1000, 1),
                        heads(a, "v", d, 1000, 1),
                        null,
                        null,
                        0.1f));
        all.put(
                "linearAttention",
                (a, d) -> a.linearAttention(
                        heads(a, "q", d, 1519, 2), heads(a, "k", d, 1519, 2), heads(a, "v", d, 1519, 2), 1e-15f));
        all.put("conv3d", (a, d) -> conv(a, d, 16, 24, 1, 3, 3));
        all.put("conv3d depthwise", (a, d) -> conv(a, d, 40, 40, 40, 1, 5));
        all.put("conv3d of one pixel", (a, d) -> conv(a, d, 64, 64, 1, 1, 1));
    }

    private static Tensor linear(Arena a, DType dtype, int rows, int in, int out, Activation activation) {
        Tensor weight = a.pack(Inputs.normal(a, "weight", dtype, out, in), Layout.LINEAR, dtype);
        return a.linear(
                Inputs.rows(a, "x", dtype, rows, in), weight, Inputs.normal(a, "bias", DType.F32, out), activation);
    }

    private static Tensor heads(Arena a, String name, DType dtype, int tokens, int heads) {
        return Inputs.normal(a, name, dtype, 1, tokens, heads, 28);
    }

    private static Tensor conv(Arena a, DType dtype, int in, int out, int groups, int kt, int side) {
        Tensor weight = Inputs.normal(a, "weight", dtype, out, in / groups, kt, side, side);
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.causal(5, kt), side, side, groups);
        Tensor packed = a.pack(weight, Layout.conv3d(groups), dtype);
        return a.conv3d(Inputs.normal(a, "x", dtype, 1, 5, 17, 23, in), packed, null, geometry, Activation.SILU);
    }

    private static void norms(Map<String, BiFunction<Arena, DType, Tensor>> all) {
        all.put("pixelNorm", (a, d) -> a.pixelNorm(x(a, d), vector(a, "weight"), vector(a, "bias"), 1e-6f));
        all.put("rmsNorm", (a, d) -> a.rmsNorm(x(a, d), vector(a, "weight"), 1e-6f));
        all.put("sumOfSquares", (a, d) -> a.sumOfSquares(x(a, d)));
        all.put("rmsScale", (a, d) -> a.rmsScale(x(a, d), a.sumOfSquares(y(a, d)), vector(a, "weight"), 272, 1e-6f));
        all.put("layerNorm", (a, d) -> a.layerNorm(x(a, d), vector(a, "weight"), vector(a, "bias"), 1e-6f));
        all.put("modulatedNorm", (a, d) -> a.modulatedNorm(x(a, d), batch(a, "shift"), batch(a, "scale"), 1e-6f));
        all.put("gatedAdd", (a, d) -> a.gatedAdd(x(a, d), batch(a, "gate"), y(a, d)));
    }

    private static Tensor x(Arena a, DType dtype) {
        return Inputs.rows(a, "x", dtype, 2, 613, 136);
    }

    private static Tensor y(Arena a, DType dtype) {
        return Inputs.normal(a, "y", dtype, 2, 613, 136);
    }

    private static Tensor vector(Arena a, String name) {
        return Inputs.normal(a, name, DType.F32, 136);
    }

    private static Tensor batch(Arena a, String name) {
        return Inputs.normal(a, name, DType.F32, 2, 136);
    }

    private static void elements(Map<String, BiFunction<Arena, DType, Tensor>> all) {
        all.put("add", (a, d) -> a.add(x(a, d), y(a, d)));
        all.put("add of a row", (a, d) -> a.add(x(a, d), Inputs.normal(a, "row", d, 1, 1, 136)));
        all.put("mul", (a, d) -> a.mul(x(a, d), y(a, d)));
        all.put("weightedSum", (a, d) -> a.weightedSum(new float[] {0.3f, -0.7f}, List.of(x(a, d), y(a, d))));
        for (Activation activation : Activation.values()) {
            all.put("activation " + activation, (a, d) -> a.activation(x(a, d), activation));
        }
        all.put("gluSilu", (a, d) -> a.gluSilu(x(a, d)));
        all.put("softmax", (a, d) -> a.softmax(x(a, d)));
        all.put("layerMix", (a, d) -> a.layerMix(Inputs.normal(a, "l", d, 2, 613, 2), List.of(x(a, d), y(a, d))));
        all.put(
                "rope",
                (a, d) -> a.rope(
                        Inputs.normal(a, "x", d, 1, 1519, 4, 28),
                        Inputs.normal(a, "table", DType.F32, 1, 1519, 14, 2)));
        all.put(
                "embedding",
                (a, d) -> a.embedding(
                        Inputs.counting(a, "ids", DType.I32, 200, 1519), Inputs.normal(a, "table", d, 200, 136)));
        all.put("cast", (a, d) -> a.cast(x(a, d), d == DType.F32 ? DType.BF16 : DType.F32));
        all.put("fill", (a, d) -> a.fill(d, 0.3f, 400_000));
        all.put("noise", (a, d) -> a.noise(d, 7, 1, 400_001));
    }

    private static void layouts(Map<String, BiFunction<Arena, DType, Tensor>> all) {
        all.put("permute", (a, d) -> a.permute(x(a, d), 0, 2, 1));
        all.put("concat", (a, d) -> a.concat(1, List.of(x(a, d), y(a, d))));
        all.put("slice", (a, d) -> a.slice(x(a, d), 1, 1, 600));
        all.put("pixelShuffle3d", (a, d) -> a.pixelShuffle3d(clip(a, d), 2, 2));
        all.put("pixelUnshuffle3d", (a, d) -> a.pixelUnshuffle3d(clip(a, d), 2, 2));
        all.put("channelAverage", (a, d) -> a.channelAverage(clip(a, d), 8));
        all.put("channelDuplicate", (a, d) -> a.channelDuplicate(clip(a, d), 48));
        for (Resampling resampling : Resampling.values()) {
            all.put("resize " + resampling, (a, d) -> a.resize(clip(a, d), 45, 33, resampling));
        }
    }

    private static Tensor clip(Arena a, DType dtype) {
        return Inputs.rows(a, "clip", dtype, 1, 4, 34, 38, 24);
    }
}
