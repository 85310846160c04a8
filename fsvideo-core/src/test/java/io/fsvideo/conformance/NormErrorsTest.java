package io.fsvideo.conformance;

import static io.fsvideo.conformance.Refusal.f32;
import static io.fsvideo.conformance.Refusal.of;
import static io.fsvideo.conformance.Refusal.packed;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class NormErrorsTest {
    @ParameterizedTest
    @MethodSource({
        "pixelNorm",
        "rmsNorm",
        "rowParts",
        "layerNorm",
        "modulatedNorm",
        "gatedAdd",
        "qkNormRope",
        "layerMixNorm"
    })
    void isRefused(Refusal refusal, Arena a) {
        refusal.check(a);
    }

    static Stream<Refusal> pixelNorm() {
        return Stream.of(
                new Refusal(
                        "pixelNorm: x must be F32 or BF16, got x [2, 3] F16",
                        a -> a.pixelNorm(of(a, DType.F16, "x", 2, 3), null, null, 1e-6f)),
                new Refusal(
                        "pixelNorm: x must be plain, not packed for LINEAR, got x [2, 3] F32",
                        a -> a.pixelNorm(packed(a, "x", 2, 3), null, null, 1e-6f)),
                new Refusal(
                        "pixelNorm: weight must be [3], got w [2] F32",
                        a -> a.pixelNorm(f32(a, "x", 2, 3), f32(a, "w", 2), null, 1e-6f)),
                new Refusal(
                        "pixelNorm: bias must be F32, got b [3] BF16",
                        a -> a.pixelNorm(f32(a, "x", 2, 3), null, of(a, DType.BF16, "b", 3), 1e-6f)),
                new Refusal("pixelNorm: eps must be > 0, got 0.0", a -> a.pixelNorm(f32(a, "x", 2, 3), null, null, 0f)),
                new Refusal(
                        "pixelNorm: eps must be > 0, got NaN",
                        a -> a.pixelNorm(f32(a, "x", 2, 3), null, null, Float.NaN)));
    }

    static Stream<Refusal> rmsNorm() {
        return Stream.of(
                new Refusal(
                        "rmsNorm: x must be F32 or BF16, got x [2, 3] I32",
                        a -> a.rmsNorm(of(a, DType.I32, "x", 2, 3), f32(a, "w", 3), 1e-6f)),
                new Refusal(
                        "rmsNorm: weight must be [64], got blocks.3.self_attn.norm_q.weight [32] F32",
                        a -> a.rmsNorm(f32(a, "x", 1, 7, 64), f32(a, "blocks.3.self_attn.norm_q.weight", 32), 1e-6f)),
                new Refusal(
                        "rmsNorm: weight must be F32, got w [3] F16",
                        a -> a.rmsNorm(f32(a, "x", 2, 3), of(a, DType.F16, "w", 3), 1e-6f)),
                new Refusal(
                        "rmsNorm: eps must be > 0, got -1.0", a -> a.rmsNorm(f32(a, "x", 2, 3), f32(a, "w", 3), -1f)));
    }

    static Stream<Refusal> rowParts() {
        return Stream.of(
                new Refusal(
                        "sumOfSquares: x must be F32 or BF16, got x [2, 3] F16",
                        a -> a.sumOfSquares(of(a, DType.F16, "x", 2, 3))),
                new Refusal(
                        "rmsScale: x must be F32 or BF16, got x [2, 3] I32",
                        a -> a.rmsScale(of(a, DType.I32, "x", 2, 3), f32(a, "s", 2, 1), f32(a, "w", 3), 6, 1e-6f)),
                new Refusal(
                        "rmsScale: weight must be [3], got w [6] F32",
                        a -> a.rmsScale(f32(a, "x", 2, 3), f32(a, "s", 2, 1), f32(a, "w", 6), 6, 1e-6f)),
                new Refusal(
                        "rmsScale: squares must be [2, 1], got s [1, 1] F32",
                        a -> a.rmsScale(f32(a, "x", 2, 3), f32(a, "s", 1, 1), f32(a, "w", 3), 6, 1e-6f)),
                new Refusal(
                        "rmsScale: squares must be F32, got s [2, 1] BF16",
                        a -> a.rmsScale(f32(a, "x", 2, 3), of(a, DType.BF16, "s", 2, 1), f32(a, "w", 3), 6, 1e-6f)),
                new Refusal(
                        "rmsScale: width must be at least 3, got 2",
                        a -> a.rmsScale(f32(a, "x", 2, 3), f32(a, "s", 2, 1), f32(a, "w", 3), 2, 1e-6f)),
                new Refusal(
                        "rmsScale: eps must be > 0, got 0.0",
                        a -> a.rmsScale(f32(a, "x", 2, 3), f32(a, "s", 2, 1), f32(a, "w", 3), 6, 0f)));
    }

    static Stream<Refusal> layerNorm() {
        return Stream.of(
                new Refusal(
                        "layerNorm: x must be F32 or BF16, got x [2, 3] U8",
                        a -> a.layerNorm(of(a, DType.U8, "x", 2, 3), null, null, 1e-6f)),
                new Refusal(
                        "layerNorm: weight must be [3], got w [3, 1] F32",
                        a -> a.layerNorm(f32(a, "x", 2, 3), f32(a, "w", 3, 1), f32(a, "b", 3), 1e-6f)),
                new Refusal(
                        "layerNorm: bias must be [3], got b [4] F32",
                        a -> a.layerNorm(f32(a, "x", 2, 3), f32(a, "w", 3), f32(a, "b", 4), 1e-6f)),
                new Refusal(
                        "layerNorm: weight and bias must be both given or both absent, got w [3] F32",
                        a -> a.layerNorm(f32(a, "x", 2, 3), f32(a, "w", 3), null, 1e-6f)),
                new Refusal(
                        "layerNorm: weight and bias must be both given or both absent, got b [3] F32",
                        a -> a.layerNorm(f32(a, "x", 2, 3), null, f32(a, "b", 3), 1e-6f)),
                new Refusal(
                        "layerNorm: dtype must be F32 or BF16, got U8 for x [2, 3] F32",
                        a -> a.layerNorm(f32(a, "x", 2, 3), null, null, 1e-6f, DType.U8)),
                new Refusal(
                        "layerNorm: eps must be > 0, got 0.0", a -> a.layerNorm(f32(a, "x", 2, 3), null, null, 0f)));
    }

    static Stream<Refusal> modulatedNorm() {
        return Stream.of(
                new Refusal(
                        "modulatedNorm: x must be of rank 3, got x [2, 3] F32",
                        a -> a.modulatedNorm(f32(a, "x", 2, 3), f32(a, "s", 2, 3), f32(a, "s", 2, 3), 1e-6f)),
                new Refusal(
                        "modulatedNorm: shift must be [2, 3], got shift [3] F32",
                        a -> a.modulatedNorm(f32(a, "x", 2, 5, 3), f32(a, "shift", 3), f32(a, "s", 2, 3), 1e-6f)),
                new Refusal(
                        "modulatedNorm: scale must be [2, 3], got scale [1, 3] F32",
                        a -> a.modulatedNorm(f32(a, "x", 2, 5, 3), f32(a, "s", 2, 3), f32(a, "scale", 1, 3), 1e-6f)),
                new Refusal(
                        "modulatedNorm: scale must be F32, got scale [2, 3] BF16",
                        a -> a.modulatedNorm(
                                f32(a, "x", 2, 5, 3), f32(a, "s", 2, 3), of(a, DType.BF16, "scale", 2, 3), 1e-6f)),
                new Refusal(
                        "modulatedNorm: x must be F32 or BF16, got x [2, 5, 3] F16",
                        a -> a.modulatedNorm(
                                of(a, DType.F16, "x", 2, 5, 3), f32(a, "s", 2, 3), f32(a, "s", 2, 3), 1e-6f)),
                new Refusal(
                        "modulatedNorm: dtype must be BF16, got F32 for x [2, 5, 3] BF16",
                        a -> a.modulatedNorm(
                                of(a, DType.BF16, "x", 2, 5, 3),
                                f32(a, "s", 2, 3),
                                f32(a, "s", 2, 3),
                                1e-6f,
                                DType.F32)),
                new Refusal(
                        "modulatedNorm: dtype must be F32 or BF16, got F16 for x [2, 5, 3] F32",
                        a -> a.modulatedNorm(
                                f32(a, "x", 2, 5, 3), f32(a, "s", 2, 3), f32(a, "s", 2, 3), 1e-6f, DType.F16)),
                new Refusal(
                        "modulatedNorm: eps must be > 0, got 0.0",
                        a -> a.modulatedNorm(f32(a, "x", 2, 5, 3), f32(a, "s", 2, 3), f32(a, "s", 2, 3), 0f)));
    }

    static Stream<Refusal> qkNormRope() {
        return Stream.of(
                new Refusal(
                        "qkNormRope: x must be of rank 4, got x [2, 3, 8] F32",
                        a -> a.qkNormRope(f32(a, "x", 2, 3, 8), f32(a, "w", 8), f32(a, "t", 1, 3, 4, 2), 1e-6f)),
                new Refusal(
                        "qkNormRope: weight must be [16], got w [8] F32",
                        a -> a.qkNormRope(f32(a, "x", 2, 3, 2, 8), f32(a, "w", 8), f32(a, "t", 1, 3, 4, 2), 1e-6f)),
                new Refusal(
                        "qkNormRope: table must be [2, 3, 4, 2], got t [2, 3, 2, 2] F32",
                        a -> a.qkNormRope(f32(a, "x", 2, 3, 2, 8), f32(a, "w", 16), f32(a, "t", 2, 3, 2, 2), 1e-6f)),
                new Refusal(
                        "qkNormRope: eps must be > 0, got 0.0",
                        a -> a.qkNormRope(f32(a, "x", 2, 3, 2, 8), f32(a, "w", 16), f32(a, "t", 1, 3, 4, 2), 0f)));
    }

    static Stream<Refusal> layerMixNorm() {
        return Stream.of(
                new Refusal(
                        "layerMixNorm: states must be at least one, got []",
                        a -> a.layerMixNorm(
                                f32(a, "l", 2, 5, 1), List.of(), f32(a, "s", 2, 3), f32(a, "s", 2, 3), 1f, DType.F32)),
                new Refusal(
                        "layerMixNorm: logits must be [2, 5, 1], got l [2, 5, 2] F32",
                        a -> a.layerMixNorm(
                                f32(a, "l", 2, 5, 2),
                                List.of(f32(a, "x", 2, 5, 3)),
                                f32(a, "s", 2, 3),
                                f32(a, "s", 2, 3),
                                1f,
                                DType.F32)),
                new Refusal(
                        "layerMixNorm: scale must be [2, 3], got scale [1, 3] F32",
                        a -> a.layerMixNorm(
                                f32(a, "l", 2, 5, 1),
                                List.of(f32(a, "x", 2, 5, 3)),
                                f32(a, "s", 2, 3),
                                f32(a, "scale", 1, 3),
                                1f,
                                DType.F32)),
                new Refusal(
                        "layerMixNorm: dtype must be BF16, got F32 for x [2, 5, 3] BF16",
                        a -> a.layerMixNorm(
                                f32(a, "l", 2, 5, 1),
                                List.of(of(a, DType.BF16, "x", 2, 5, 3)),
                                f32(a, "s", 2, 3),
                                f32(a, "s", 2, 3),
                                1f,
                                DType.F32)));
    }

    static Stream<Refusal> gatedAdd() {
        return Stream.of(
                new Refusal(
                        "gatedAdd: x must be of rank 3, got x [5, 3] F32",
                        a -> a.gatedAdd(f32(a, "x", 5, 3), f32(a, "g", 2, 3), f32(a, "y", 5, 3))),
                new Refusal(
                        "gatedAdd: y must be [2, 5, 3], got y [2, 4, 3] F32",
                        a -> a.gatedAdd(f32(a, "x", 2, 5, 3), f32(a, "g", 2, 3), f32(a, "y", 2, 4, 3))),
                new Refusal(
                        "gatedAdd: y must be BF16, got F32 for x [2, 5, 3] BF16",
                        a -> a.gatedAdd(of(a, DType.BF16, "x", 2, 5, 3), f32(a, "g", 2, 3), f32(a, "y", 2, 5, 3))),
                new Refusal(
                        "gatedAdd: y must be F32 or BF16, got y [2, 5, 3] F16",
                        a -> a.gatedAdd(f32(a, "x", 2, 5, 3), f32(a, "g", 2, 3), of(a, DType.F16, "y", 2, 5, 3))),
                new Refusal(
                        "gatedAdd: gate must be [2, 3], got g [3] F32",
                        a -> a.gatedAdd(f32(a, "x", 2, 5, 3), f32(a, "g", 3), f32(a, "y", 2, 5, 3))),
                new Refusal(
                        "gatedAdd: gate must be F32, got g [2, 3] BF16",
                        a -> a.gatedAdd(f32(a, "x", 2, 5, 3), of(a, DType.BF16, "g", 2, 3), f32(a, "y", 2, 5, 3))));
    }
}
