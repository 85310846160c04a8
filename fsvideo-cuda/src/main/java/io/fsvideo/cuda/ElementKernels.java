package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Launches of the element-wise kernels. Each method launches the {@code .cu} of its name; a thread takes 16 bytes of the result unless
 * said otherwise.
 */
final class ElementKernels {
    /** Most ranks that {@code all_reduce_loopback.cu} takes. */
    static final int MOST_RANKS = 8;

    private static final int CHUNK = 16;
    private static final int CAST_VALUES = 4;
    private static final int ACTIVATION_VALUES = 8;
    private static final int MOST_TERMS = 8;
    private static final int BROADCAST_AXES = 5;

    private final Kernels kernels;
    private final Kernels.Typed add;
    private final Kernels.Typed mul;
    private final Kernels.Typed weightedSum;
    private final Kernels.Typed activation;
    private final Kernels.Typed noise;
    private final Kernels.Typed allReduceLoopback;
    private final Launch fill;
    private final Map<DType, Map<DType, Launch>> casts = new EnumMap<>(DType.class);
    private final long[] sizes = new long[BROADCAST_AXES];
    private final long[] strides = new long[BROADCAST_AXES];

    ElementKernels(Kernels kernels) {
        this.kernels = kernels;
        add = kernels.typed("add");
        mul = kernels.typed("mul");
        weightedSum = kernels.typed("weighted_sum");
        activation = kernels.typed("activation");
        noise = kernels.typed("noise");
        allReduceLoopback = kernels.typed("all_reduce_loopback");
        fill = kernels.entry("fill", "fill");
    }

    /** Elements of {@code x} in 16 bytes. */
    static int group(Tensor x) {
        return CHUNK / x.dtype().bytes();
    }

    /** A thread for every 16 bytes of {@code x}. */
    static Launch groups(Kernels.Typed kernel, Tensor x) {
        return kernel.begin(x).threads((x.numel() + group(x) - 1) / group(x));
    }

    void add(Tensor out, Tensor a, Tensor b) {
        broadcast("add", add, out, a, b);
    }

    void mul(Tensor out, Tensor a, Tensor b) {
        broadcast("mul", mul, out, a, b);
    }

    private void broadcast(String op, Kernels.Typed kernel, Tensor out, Tensor a, Tensor b) {
        mergeAxes(op, a, b);
        long rows = sizes[0] * sizes[1] * sizes[2] * sizes[3];
        kernel.begin(a)
                .threads(rows * ((sizes[BROADCAST_AXES - 1] + group(a) - 1) / group(a)))
                .pointer(out)
                .pointer(a)
                .pointer(b)
                .longs(sizes)
                .longs(strides)
                .run();
    }

    /** Sizes and strides from the innermost axis outwards; neighbouring axes that {@code b} treats alike are one. */
    private void mergeAxes(String op, Tensor a, Tensor b) {
        Arrays.fill(sizes, 1);
        Arrays.fill(strides, 0);
        int at = BROADCAST_AXES;
        boolean repeated = false;
        long step = 1;
        for (int axis = a.rank() - 1; axis >= 0; axis--) {
            long size = a.dim(axis);
            if (size == 1) {
                continue;
            }
            boolean repeats = b.dim(axis) == 1;
            if (at == BROADCAST_AXES || repeats != repeated) {
                if (at == 0) {
                    throw new ShapeException(op + ": b must alternate between repeated and stored axes at most "
                            + (BROADCAST_AXES - 1) + " times, got " + b + " for " + a);
                }
                at--;
                strides[at] = repeats ? 0 : step;
                repeated = repeats;
            }
            sizes[at] *= size;
            step *= b.dim(axis);
        }
    }

    /** {@code out = x} times a factor for each row; {@code out} and {@code x} {@code [rows, columns]} F32, columns a multiple of 4. */
    void scaleRows(long out, long x, long factors, long rows, long columns) {
        mul.begin(DType.F32)
                .threads(rows * columns / 4)
                .pointer(out)
                .pointer(x)
                .pointer(factors)
                .longs(new long[] {1, 1, 1, rows, columns})
                .longs(new long[] {0, 0, 0, 1, 0})
                .run();
    }

    void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        if (terms.size() > MOST_TERMS) {
            throw new ShapeException(
                    "weightedSum: terms must be at most " + MOST_TERMS + " on this backend, got " + terms);
        }
        groups(weightedSum, out)
                .pointer(out)
                .pointers(terms)
                .floats(weights)
                .int32(terms.size())
                .int64(out.numel())
                .run();
    }

    /** A thread takes eight values. */
    void activation(Tensor out, Tensor x, Activation kind) {
        activation
                .begin(x)
                .threads((x.numel() + ACTIVATION_VALUES - 1) / ACTIVATION_VALUES)
                .pointer(out)
                .pointer(x)
                .int64(x.numel())
                .int32(kind.ordinal())
                .run();
    }

    void noise(Tensor out, long seed, int stream) {
        groups(noise, out)
                .pointer(out)
                .int64(out.numel())
                .int64(seed)
                .int32(stream)
                .run();
    }

    /** Every buffer, one per rank and of {@code like}'s dtype and size, becomes the sum of all. */
    void allReduce(Tensor like, long[] buffers) {
        groups(allReduceLoopback, like)
                .pointers(buffers)
                .int32(buffers.length)
                .int64(like.numel())
                .run();
    }

    void fill(Tensor out, float value) {
        fill(out.address(), out.bytes(), pattern(out, value));
    }

    /** The element's bits, repeated to 32. */
    private static int pattern(Tensor out, float value) {
        return switch (out.dtype()) {
            case F32 -> Float.floatToRawIntBits(value);
            case I32 -> (int) value;
            case BF16 -> (Floats.toBf16(value) & 0xffff) * 0x10001;
            case F16 -> (Floats.toF16(value) & 0xffff) * 0x10001;
            case U8 -> ((int) value & 0xff) * 0x1010101;
            case F8_E4M3 -> throw new ShapeException("fill: out must have any dtype but F8_E4M3, got " + out);
        };
    }

    /** Sets {@code count} F32 numbers. */
    void fill(long address, float value, long count) {
        fill(address, count * Float.BYTES, Float.floatToRawIntBits(value));
    }

    void zero(long address, long bytes) {
        if (bytes > 0) {
            fill(address, bytes, 0);
        }
    }

    private void fill(long address, long bytes, int pattern) {
        fill.begin()
                .threads((bytes + CHUNK - 1) / CHUNK)
                .pointer(address)
                .int64(bytes)
                .int32(pattern)
                .run();
    }

    void cast(Tensor out, Tensor x) {
        cast(out.dtype(), out.address(), x.dtype(), x.address(), x.numel());
    }

    /** Converts {@code count} elements at {@code x} from one dtype to another, a float type; a thread takes four. */
    void cast(DType to, long out, DType from, long x, long count) {
        if (count > 0) {
            casts.computeIfAbsent(from, key -> new EnumMap<>(DType.class))
                    .computeIfAbsent(to, key -> kernels.entry("cast", "cast_" + code(from) + "_" + code(to)))
                    .begin()
                    .threads((count + CAST_VALUES - 1) / CAST_VALUES)
                    .pointer(out)
                    .pointer(x)
                    .int64(count)
                    .run();
        }
    }

    private static String code(DType dtype) {
        return dtype == DType.F8_E4M3 ? "f8" : dtype.name().toLowerCase(Locale.ROOT);
    }
}
