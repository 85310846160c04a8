package io.fsvideo.bench;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.PhiloxNormal;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Makes a call's inputs on the backend: normal noise, each tensor and each copy from a stream of its own. */
final class Inputs {
    static final long SEED = 20260101;
    private static final int STREAMS_PER_COPY = 64;

    private final Arena arena;
    private final DType dtype;
    private int stream;

    Inputs(Arena arena, DType dtype, int copy) {
        this.arena = arena;
        this.dtype = dtype;
        stream = copy * STREAMS_PER_COPY;
    }

    Arena arena() {
        return arena;
    }

    DType dtype() {
        return dtype;
    }

    /** A normal tensor of the dtype under test. */
    Input normal(long... dims) {
        return normal(dtype, dims);
    }

    /** F32, as parameters of norms, biases and gates are. */
    Input parameter(long... dims) {
        return normal(DType.F32, dims);
    }

    private Input normal(DType type, long... dims) {
        int own = stream++;
        Tensor tensor = arena.noise(type, SEED, own, dims);
        return new Input(tensor, own, i -> rounded(type, PhiloxNormal.value(SEED, own, i)));
    }

    /** {@code count} of {@link #normal}. */
    List<Input> list(int count, long... dims) {
        return IntStream.range(0, count).mapToObj(i -> normal(dims)).toList();
    }

    static List<Tensor> tensors(List<Input> inputs) {
        return inputs.stream().map(Input::tensor).toList();
    }

    /** {@code count} I32 numbers in 0 .. rows - 1, spread over them. */
    Input ids(long rows, long count) {
        int own = stream++;
        float[] values = new float[(int) count];
        SplittableRandom random = new SplittableRandom(own);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt((int) rows);
        }
        return new Input(arena.of("ids", DType.I32, values, count), own, i -> values[(int) i]);
    }

    /** {@code value} as {@code type} stores it. */
    static double rounded(DType type, float value) {
        return type == DType.BF16 ? Floats.fromBf16(Floats.toBf16(value)) : value;
    }
}
