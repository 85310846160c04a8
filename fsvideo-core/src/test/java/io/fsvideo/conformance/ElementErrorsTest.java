package io.fsvideo.conformance;

import static io.fsvideo.conformance.Refusal.f32;
import static io.fsvideo.conformance.Refusal.of;
import static io.fsvideo.conformance.Refusal.packed;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class ElementErrorsTest {
    @ParameterizedTest
    @MethodSource({"broadcasts", "weightedSum", "functions", "layerMix", "rope", "embedding", "cast"})
    void isRefused(Refusal refusal, Arena a) {
        refusal.check(a);
    }

    static Stream<Refusal> broadcasts() {
        return Stream.of(
                new Refusal(
                        "add: a must be F32 or BF16, got a [2, 3] I32",
                        a -> a.add(of(a, DType.I32, "a", 2, 3), f32(a, "b", 2, 3))),
                new Refusal(
                        "add: b must be F32 or BF16, got b [2, 3] F8_E4M3",
                        a -> a.add(f32(a, "a", 2, 3), of(a, DType.F8_E4M3, "b", 2, 3))),
                new Refusal(
                        "add: b must be F32, got b [2, 3] BF16",
                        a -> a.add(f32(a, "a", 2, 3), of(a, DType.BF16, "b", 2, 3))),
                new Refusal("add: b must be of rank 2, got b [3] F32", a -> a.add(f32(a, "a", 2, 3), f32(a, "b", 3))),
                new Refusal(
                        "add: b must be broadcastable to a [2, 3] F32, got b [2, 2] F32",
                        a -> a.add(f32(a, "a", 2, 3), f32(a, "b", 2, 2))),
                new Refusal(
                        "mul: b must be broadcastable to a [1, 3] F32, got b [2, 3] F32",
                        a -> a.mul(f32(a, "a", 1, 3), f32(a, "b", 2, 3))),
                new Refusal(
                        "mul: b must be plain, not packed for LINEAR, got b [2, 3] F32",
                        a -> a.mul(f32(a, "a", 2, 3), packed(a, "b", 2, 3))));
    }

    static Stream<Refusal> weightedSum() {
        return Stream.of(
                new Refusal(
                        "weightedSum: weights must be one per term and at least one, got 0 for []",
                        a -> a.weightedSum(new float[0], List.of())),
                new Refusal(
                        "weightedSum: weights must be one per term and at least one, got 2 for [x [3] F32]",
                        a -> a.weightedSum(new float[2], List.of(f32(a, "x", 3)))),
                new Refusal(
                        "weightedSum: term must be [3], got y [4] F32",
                        a -> a.weightedSum(new float[2], List.of(f32(a, "x", 3), f32(a, "y", 4)))),
                new Refusal(
                        "weightedSum: term must be F32, got y [3] BF16",
                        a -> a.weightedSum(new float[2], List.of(f32(a, "x", 3), of(a, DType.BF16, "y", 3)))),
                new Refusal(
                        "weightedSum: term must be F32 or BF16, got y [3] F16",
                        a -> a.weightedSum(new float[2], List.of(f32(a, "x", 3), of(a, DType.F16, "y", 3)))));
    }

    static Stream<Refusal> functions() {
        return Stream.of(
                new Refusal(
                        "activation: x must be F32 or BF16, got x [3] F16",
                        a -> a.activation(of(a, DType.F16, "x", 3), Activation.SILU)),
                new Refusal("gluSilu: x must be F32 or BF16, got x [4] U8", a -> a.gluSilu(of(a, DType.U8, "x", 4))),
                new Refusal(
                        "gluSilu: x must be even along the last axis, got x [2, 5] F32",
                        a -> a.gluSilu(f32(a, "x", 2, 5))),
                new Refusal("softmax: x must be F32 or BF16, got x [4] I32", a -> a.softmax(of(a, DType.I32, "x", 4))),
                new Refusal("noise: dtype must be F32 or BF16, got F16", a -> a.noise(DType.F16, 1, 0, 4)),
                new Refusal("shape: dimensions must be >= 0, got [2, -1]", a -> a.fill(DType.F32, 0, 2, -1)));
    }

    static Stream<Refusal> layerMix() {
        return Stream.of(
                new Refusal(
                        "layerMix: states must be at least one, got []",
                        a -> a.layerMix(f32(a, "l", 1, 2, 0), List.of())),
                new Refusal(
                        "layerMix: logits must be F32 or BF16, got l [1, 2, 1] F16",
                        a -> a.layerMix(of(a, DType.F16, "l", 1, 2, 1), List.of(f32(a, "s", 1, 2, 3)))),
                new Refusal(
                        "layerMix: states must be of rank 3, got s [2, 3] F32",
                        a -> a.layerMix(f32(a, "l", 1, 2, 1), List.of(f32(a, "s", 2, 3)))),
                new Refusal(
                        "layerMix: logits must be [1, 2, 1], got l [1, 2, 4] F32",
                        a -> a.layerMix(f32(a, "l", 1, 2, 4), List.of(f32(a, "s", 1, 2, 3)))),
                new Refusal(
                        "layerMix: states must be [1, 2, 3], got t [1, 2, 4] F32",
                        a -> a.layerMix(f32(a, "l", 1, 2, 2), List.of(f32(a, "s", 1, 2, 3), f32(a, "t", 1, 2, 4)))),
                new Refusal(
                        "layerMix: states must be F32, got t [1, 2, 3] BF16",
                        a -> a.layerMix(
                                f32(a, "l", 1, 2, 2), List.of(f32(a, "s", 1, 2, 3), of(a, DType.BF16, "t", 1, 2, 3)))));
    }

    static Stream<Refusal> rope() {
        return Stream.of(
                new Refusal(
                        "rope: x must be F32 or BF16, got x [1, 2, 3, 4] F16",
                        a -> a.rope(of(a, DType.F16, "x", 1, 2, 3, 4), f32(a, "t", 1, 2, 2, 2))),
                new Refusal(
                        "rope: x must be of rank 4, got x [2, 3, 4] F32",
                        a -> a.rope(f32(a, "x", 2, 3, 4), f32(a, "t", 1, 2, 2, 2))),
                new Refusal(
                        "rope: x must be even along headDim, got x [1, 2, 3, 5] F32",
                        a -> a.rope(f32(a, "x", 1, 2, 3, 5), f32(a, "t", 1, 2, 2, 2))),
                new Refusal(
                        "rope: table must be F32, got t [1, 2, 2, 2] BF16",
                        a -> a.rope(f32(a, "x", 1, 2, 3, 4), of(a, DType.BF16, "t", 1, 2, 2, 2))),
                new Refusal(
                        "rope: table must be of rank 4, got t [2, 2, 2] F32",
                        a -> a.rope(f32(a, "x", 1, 2, 3, 4), f32(a, "t", 2, 2, 2))),
                new Refusal(
                        "rope: table must be [1, 2, 2, 2], got t [1, 3, 2, 2] F32",
                        a -> a.rope(f32(a, "x", 1, 2, 3, 4), f32(a, "t", 1, 3, 2, 2))),
                new Refusal(
                        "rope: table must be [3, 2, 2, 2], got t [2, 2, 2, 2] F32",
                        a -> a.rope(f32(a, "x", 3, 2, 3, 4), f32(a, "t", 2, 2, 2, 2))));
    }

    static Stream<Refusal> embedding() {
        return Stream.of(
                new Refusal(
                        "embedding: ids must be I32, got ids [3] F32",
                        a -> a.embedding(f32(a, "ids", 3), f32(a, "table", 5, 4))),
                new Refusal(
                        "embedding: table must be F32 or BF16, got table [5, 4] F16",
                        a -> a.embedding(of(a, DType.I32, "ids", 3), of(a, DType.F16, "table", 5, 4))),
                new Refusal(
                        "embedding: table must be of rank 2, got table [5] F32",
                        a -> a.embedding(of(a, DType.I32, "ids", 3), f32(a, "table", 5))),
                row(5),
                row(-1));
    }

    /** Ids are numbers, so the backend itself must refuse them. */
    private static Refusal row(int row) {
        return new Refusal(
                "embedding: ids must be within 0..4 for table [5, 4] F32, got " + row + " in ids [3] I32",
                a -> a.embedding(a.of("ids", DType.I32, new float[] {0, row, 4}, 3), f32(a, "table", 5, 4)));
    }

    static Stream<Refusal> cast() {
        return Stream.of(
                new Refusal(
                        "cast: x must be plain, not packed for LINEAR, got x [2, 3] F32",
                        a -> a.cast(packed(a, "x", 2, 3), DType.BF16)),
                new Refusal(
                        "cast: dtype must be a float type (F32 from integers), got I32 for x [3] F32",
                        a -> a.cast(f32(a, "x", 3), DType.I32)),
                new Refusal(
                        "cast: dtype must be a float type (F32 from integers), got U8 for x [3] F32",
                        a -> a.cast(f32(a, "x", 3), DType.U8)),
                new Refusal(
                        "cast: dtype must be a float type (F32 from integers), got BF16 for x [3] I32",
                        a -> a.cast(of(a, DType.I32, "x", 3), DType.BF16)));
    }
}
