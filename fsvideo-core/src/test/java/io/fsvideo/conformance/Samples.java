package io.fsvideo.conformance;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Every operation once or more, at sizes that are split into several tasks, with a ragged last one: what tests of all operations run.
 * An operation that is not named here brings its own, the method {@code sample(Arena, DType)} of its conformance test.
 */
public final class Samples {
    /** One operation on tensors of the given dtype. */
    public interface Sample extends BiFunction<Arena, DType, Tensor> {}

    private Samples() {}

    private static Tensor x(Arena a, DType dtype, int stream, long... dims) {
        return a.noise(dtype, 11, stream, dims);
    }

    private static Tensor f32(Arena a, int stream, long... dims) {
        return x(a, DType.F32, stream, dims);
    }

    private static Tensor conv(
            Arena a, DType dtype, FrameTaps taps, int groups, int stride, long[] input, long... kernel) {
        Tensor weight = a.pack(f32(a, 1, kernel), Layout.conv3d(groups), dtype);
        int height = (int) kernel[3] / 2;
        int width = (int) kernel[4] / 2;
        Conv3dGeometry geometry = new Conv3dGeometry(taps, stride, height, height, width, width, groups);
        return a.conv3d(x(a, dtype, 0, input), weight, f32(a, 2, kernel[0]), geometry, Activation.SILU);
    }

    /** The samples by name: the operation's, and what is special about it. */
    public static Map<String, Sample> all() {
        Map<String, Sample> all = new LinkedHashMap<>();
        products(all);
        attention(all);
        norms(all);
        elements(all);
        layouts(all);
        for (Method op : Ops.class.getDeclaredMethods()) {
            if (all.keySet().stream().noneMatch(name -> name.split(" ")[0].equals(op.getName()))) {
                all.put(op.getName(), ownSample(op.getName()));
            }
        }
        return all;
    }

    private static Sample ownSample(String op) {
        String test = Character.toUpperCase(op.charAt(0)) + op.substring(1) + "Test";
        try {
            Method sample = Class.forName(Samples.class.getPackageName() + "." + test)
                    .getDeclaredMethod("sample", Arena.class, DType.class);
            return (a, dtype) -> {
                try {
                    return (Tensor) sample.invoke(null, a, dtype);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(op, e);
                }
            };
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    op + ": " + test + " must have a method static Tensor sample(Arena, DType), as Samples has no "
                            + op,
                    e);
        }
    }

    private static void products(Map<String, Sample> all) {
        all.put(
                "linear",
                (a, t) -> a.linear(
                        x(a, t, 0, 3, 431, 70),
                        a.pack(f32(a, 1, 90, 70), Layout.LINEAR, t),
                        f32(a, 2, 90),
                        Activation.GELU_TANH));
        all.put(
                "linearGatedAdd",
                (a, t) -> a.linearGatedAdd(
                        x(a, t, 0, 3, 431, 70),
                        a.pack(f32(a, 1, 90, 70), Layout.LINEAR, t),
                        f32(a, 2, 90),
                        f32(a, 3, 3, 431, 90),
                        f32(a, 4, 3, 90)));
        all.put(
                "linear of one row",
                (a, t) -> a.linear(
                        x(a, t, 0, 1, 1024), a.pack(f32(a, 1, 2048, 1024), Layout.LINEAR, t), null, Activation.NONE));
        all.put(
                "linear of a long sum",
                (a, t) -> a.linear(
                        x(a, t, 0, 3, 20_000), a.pack(f32(a, 1, 40, 20_000), Layout.LINEAR, t), null, Activation.NONE));
        all.put("pack", (a, t) -> {
            Tensor weight = a.pack(f32(a, 1, 90, 70), Layout.LINEAR, t);
            return a.linear(x(a, t, 0, 1, 431, 70), weight, null, Activation.NONE);
        });
        all.put(
                "linear of long rows",
                (a, t) -> a.linear(
                        x(a, t, 0, 150, 1500), a.pack(f32(a, 1, 33, 1500), Layout.LINEAR, t), null, Activation.NONE));
        all.put(
                "conv3d 3x3x3",
                (a, t) -> conv(a, t, FrameTaps.causal(4, 3), 1, 1, new long[] {1, 4, 41, 39, 20}, 24, 20, 3, 3, 3));
        all.put(
                "conv3d of a small frame",
                (a, t) -> conv(a, t, FrameTaps.zero(3, 3), 1, 1, new long[] {2, 3, 9, 7, 5}, 6, 5, 3, 3, 3));
        all.put(
                "conv3d stride 2",
                (a, t) -> conv(a, t, FrameTaps.same(2, 1), 1, 2, new long[] {1, 2, 61, 59, 12}, 16, 12, 1, 3, 3));
        all.put(
                "conv3d depthwise",
                (a, t) -> conv(a, t, FrameTaps.same(2, 1), 48, 1, new long[] {1, 2, 60, 60, 48}, 48, 1, 1, 5, 5));
        all.put(
                "conv3d grouped",
                (a, t) -> conv(a, t, FrameTaps.same(2, 1), 3, 1, new long[] {1, 2, 33, 31, 24}, 24, 8, 1, 1, 1));
        all.put(
                "conv3d pointwise",
                (a, t) -> conv(a, t, FrameTaps.of(1, 2, 0, 1), 1, 1, new long[] {1, 3, 33, 31, 24}, 40, 24, 1, 1, 1));
        all.put(
                "conv3d of one pixel",
                (a, t) -> conv(a, t, FrameTaps.causal(5, 1), 1, 1, new long[] {1, 5, 17, 23, 64}, 64, 64, 1, 1, 1));
        all.put("embedding", (a, t) -> a.embedding(a.fill(DType.I32, 3, 9001), x(a, t, 0, 5, 7)));
    }

    private static void attention(Map<String, Sample> all) {
        all.put(
                "attention",
                (a, t) -> a.attention(
                        x(a, t, 0, 2, 301, 3, 32),
                        x(a, t, 1, 2, 257, 3, 32),
                        x(a, t, 2, 2, 257, 3, 32),
                        null,
                        null,
                        0.2f));
        all.put(
                "attention of one head",
                (a, t) -> a.attention(
                        x(a, t, 0, 1, 1000, 1, 28),
                        x(a, t, 1, 1, 1000, 1, 28),
                        x(a, t, 2, 1, 1000, 1, 28),
                        null,
                        new int[] {400},
                        0.1f));
        all.put(
                "attention with bias and lengths",
                (a, t) -> a.attention(
                        x(a, t, 0, 2, 33, 3, 16),
                        x(a, t, 1, 2, 65, 3, 16),
                        x(a, t, 2, 2, 65, 3, 16),
                        f32(a, 3, 3, 33, 65),
                        new int[] {65, 17},
                        0.2f));
        all.put(
                "linearAttention",
                (a, t) -> a.linearAttention(
                        x(a, t, 0, 2, 3001, 3, 16), x(a, t, 1, 2, 2777, 3, 16), x(a, t, 2, 2, 2777, 3, 16), 1e-15f));
        all.put("rope", (a, t) -> a.rope(x(a, t, 0, 2, 801, 3, 32), f32(a, 1, 1, 801, 16, 2)));
        all.put(
                "layerMix",
                (a, t) -> a.layerMix(
                        x(a, t, 0, 2, 601, 3),
                        List.of(x(a, t, 1, 2, 601, 70), x(a, t, 2, 2, 601, 70), x(a, t, 3, 2, 601, 70))));
    }

    private static void norms(Map<String, Sample> all) {
        all.put("pixelNorm", (a, t) -> a.pixelNorm(x(a, t, 0, 1, 3, 91, 93, 17), f32(a, 1, 17), f32(a, 2, 17), 1e-8f));
        all.put("rmsNorm", (a, t) -> a.rmsNorm(x(a, t, 0, 2, 301, 257), f32(a, 1, 257), 1e-6f));
        all.put("sumOfSquares", (a, t) -> a.sumOfSquares(x(a, t, 0, 2, 613, 136)));
        all.put(
                "rmsScale",
                (a, t) -> a.rmsScale(
                        x(a, t, 0, 2, 613, 136), a.sumOfSquares(x(a, t, 1, 2, 613, 136)), f32(a, 2, 136), 272, 1e-6f));
        all.put(
                "layerNorm with parameters",
                (a, t) -> a.layerNorm(x(a, t, 0, 2, 613, 136), f32(a, 1, 136), f32(a, 2, 136), 1e-6f));
        all.put("layerNorm", (a, t) -> a.layerNorm(x(a, t, 0, 2, 301, 257), null, null, 1e-6f));
        all.put(
                "modulatedNorm",
                (a, t) -> a.modulatedNorm(x(a, t, 0, 2, 601, 257), f32(a, 1, 2, 257), f32(a, 2, 2, 257), 1e-6f));
        all.put(
                "qkNormRope",
                (a, t) -> a.qkNormRope(x(a, t, 0, 2, 301, 5, 26), f32(a, 1, 130), f32(a, 2, 1, 301, 13, 2), 1e-6f));
        all.put(
                "layerMixNorm",
                (a, t) -> a.layerMixNorm(
                        x(a, t, 0, 2, 601, 2),
                        List.of(f32(a, 1, 2, 601, 70), f32(a, 2, 2, 601, 70)),
                        f32(a, 3, 2, 70),
                        f32(a, 4, 2, 70),
                        1e-6f,
                        t));
        all.put("gatedAdd", (a, t) -> a.gatedAdd(x(a, t, 0, 2, 601, 257), f32(a, 1, 2, 257), x(a, t, 2, 2, 601, 257)));
        all.put("softmax", (a, t) -> a.softmax(x(a, t, 0, 3001, 65)));
    }

    private static void elements(Map<String, Sample> all) {
        all.put("add", (a, t) -> a.add(x(a, t, 0, 3, 401, 129), x(a, t, 1, 1, 401, 1)));
        all.put("mul", (a, t) -> a.mul(x(a, t, 0, 3, 401, 129), x(a, t, 1, 1, 1, 129)));
        all.put(
                "weightedSum",
                (a, t) -> a.weightedSum(new float[] {0.5f, -2}, List.of(x(a, t, 0, 150_001), x(a, t, 1, 150_001))));
        for (Activation activation : Activation.values()) {
            all.put("activation " + activation, (a, t) -> a.activation(x(a, t, 0, 150_001), activation));
        }
        all.put("gluSilu", (a, t) -> a.gluSilu(x(a, t, 0, 901, 334)));
        all.put("gluSilu of long rows", (a, t) -> a.gluSilu(x(a, t, 0, 11, 20_002)));
        all.put("cast", (a, t) -> a.cast(a.cast(x(a, t, 0, 150_001), DType.F16), t));
        all.put("fill", (a, t) -> a.fill(t, 0.3f, 150_001));
        all.put("noise", (a, t) -> a.noise(t, 5, 3, 150_001));
        all.put("channelAverage", (a, t) -> a.channelAverage(x(a, t, 0, 50_001, 12), 4));
        all.put("channelDuplicate", (a, t) -> a.channelDuplicate(x(a, t, 0, 50_001, 4), 12));
    }

    private static void layouts(Map<String, Sample> all) {
        all.put("permute", (a, t) -> a.permute(x(a, t, 0, 3, 301, 257), 2, 0, 1));
        all.put("permute of short runs", (a, t) -> a.permute(x(a, t, 0, 301, 257, 3), 1, 0, 2));
        all.put("concat", (a, t) -> a.concat(1, List.of(x(a, t, 0, 700, 3, 65), x(a, t, 1, 700, 2, 65))));
        all.put("concat of channels", (a, t) -> a.concat(2, List.of(x(a, t, 0, 700, 30, 5), x(a, t, 1, 700, 30, 2))));
        all.put("slice", (a, t) -> a.slice(x(a, t, 0, 5, 301, 257), 0, 1, 5));
        all.put("slice of channels", (a, t) -> a.slice(x(a, t, 0, 3, 301, 257), 2, 100, 131));
        all.put("pixelShuffle3d", (a, t) -> a.pixelShuffle3d(x(a, t, 0, 1, 3, 41, 43, 24), 2, 2));
        all.put("pixelUnshuffle3d", (a, t) -> a.pixelUnshuffle3d(x(a, t, 0, 1, 4, 82, 86, 6), 2, 2));
        all.put("resize nearest", (a, t) -> a.resize(x(a, t, 0, 1, 2, 31, 33, 5), 62, 70, Resampling.NEAREST));
        all.put("resize bicubic", (a, t) -> a.resize(x(a, t, 0, 1, 2, 31, 33, 5), 62, 70, Resampling.BICUBIC));
    }
}
