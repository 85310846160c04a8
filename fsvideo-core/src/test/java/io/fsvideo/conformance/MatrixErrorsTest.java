package io.fsvideo.conformance;

import static io.fsvideo.conformance.Refusal.f32;
import static io.fsvideo.conformance.Refusal.of;
import static io.fsvideo.conformance.Refusal.packed;
import static io.fsvideo.conformance.Refusal.packedConv;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class MatrixErrorsTest {
    @ParameterizedTest
    @MethodSource({
        "linear",
        "linearInto",
        "linearGatedAdd",
        "attention",
        "linearAttention",
        "conv3d",
        "pack",
        "geometry"
    })
    void isRefused(Refusal refusal, Arena a) {
        refusal.check(a);
    }

    static Stream<Refusal> linear() {
        return Stream.of(
                new Refusal(
                        "linear: x must be F32 or BF16, got x [2, 3] F16",
                        a -> a.linear(of(a, DType.F16, "x", 2, 3), packed(a, "w", 4, 3), null, Activation.NONE)),
                new Refusal(
                        "linear: x must be plain, not packed for LINEAR, got x [2, 3] F32",
                        a -> a.linear(packed(a, "x", 2, 3), packed(a, "w", 4, 3), null, Activation.NONE)),
                new Refusal(
                        "linear: weight must be of rank 2, got w [4] F32",
                        a -> a.linear(f32(a, "x", 2, 3), f32(a, "w", 4), null, Activation.NONE)),
                new Refusal(
                        "linear: weight must be packed for LINEAR, got w [4, 3] F32",
                        a -> a.linear(f32(a, "x", 2, 3), f32(a, "w", 4, 3), null, Activation.NONE)),
                new Refusal(
                        "linear: x must be [..., 3] for w [4, 3] F32, got x [2, 5] F32",
                        a -> a.linear(f32(a, "x", 2, 5), packed(a, "w", 4, 3), null, Activation.NONE)),
                new Refusal(
                        "linear: bias must be [4], got b [3] F32",
                        a -> a.linear(f32(a, "x", 2, 3), packed(a, "w", 4, 3), f32(a, "b", 3), Activation.NONE)),
                new Refusal(
                        "linear: bias must be F32, got b [4] BF16",
                        a -> a.linear(
                                f32(a, "x", 2, 3), packed(a, "w", 4, 3), of(a, DType.BF16, "b", 4), Activation.NONE)),
                new Refusal(
                        "shape: axis must be within rank 0, got -1 of []",
                        a -> a.linear(f32(a, "x"), packed(a, "w", 4, 3), null, Activation.NONE)));
    }

    static Stream<Refusal> linearInto() {
        return Stream.of(
                new Refusal(
                        "linearInto: x must be [..., 3] for w [4, 3] F32, got x [2, 5] F32",
                        a -> a.linearInto(f32(a, "o", 2, 4), f32(a, "x", 2, 5), packed(a, "w", 4, 3), null)),
                new Refusal(
                        "linearInto: out must be [2, 4], got o [2, 3] F32",
                        a -> a.linearInto(f32(a, "o", 2, 3), f32(a, "x", 2, 3), packed(a, "w", 4, 3), null)),
                new Refusal(
                        "linearInto: out must be F32, got o [2, 4] BF16",
                        a -> a.linearInto(of(a, DType.BF16, "o", 2, 4), f32(a, "x", 2, 3), packed(a, "w", 4, 3), null)),
                new Refusal("linearInto: out must be another tensor than x, got x [2, 3] F32", a -> {
                    Tensor x = f32(a, "x", 2, 3);
                    a.linearInto(x, x, packed(a, "w", 3, 3), null);
                }));
    }

    static Stream<Refusal> linearGatedAdd() {
        return Stream.of(
                new Refusal(
                        "linearGatedAdd: x must be of rank 3, got x [2, 3] F32",
                        a -> a.linearGatedAdd(f32(a, "x", 2, 3), packed(a, "w", 4, 3), null, f32(a, "r", 2, 4), null)),
                new Refusal(
                        "linearGatedAdd: weight must be packed for LINEAR, got w [4, 3] F32",
                        a -> a.linearGatedAdd(
                                f32(a, "x", 2, 5, 3), f32(a, "w", 4, 3), null, f32(a, "r", 2, 5, 4), null)),
                new Refusal(
                        "linearGatedAdd: residual must be [2, 5, 4], got r [2, 5, 3] F32",
                        a -> a.linearGatedAdd(
                                f32(a, "x", 2, 5, 3), packed(a, "w", 4, 3), null, f32(a, "r", 2, 5, 3), null)),
                new Refusal(
                        "linearGatedAdd: x must be BF16, got F32 for r [2, 5, 4] BF16",
                        a -> a.linearGatedAdd(
                                f32(a, "x", 2, 5, 3),
                                packed(a, "w", 4, 3),
                                null,
                                of(a, DType.BF16, "r", 2, 5, 4),
                                null)),
                new Refusal(
                        "linearGatedAdd: gate must be [2, 4], got g [1, 4] F32",
                        a -> a.linearGatedAdd(
                                f32(a, "x", 2, 5, 3),
                                packed(a, "w", 4, 3),
                                null,
                                f32(a, "r", 2, 5, 4),
                                f32(a, "g", 1, 4))));
    }

    static Stream<Refusal> attention() {
        return Stream.of(
                new Refusal(
                        "attention: q must be F32 or BF16, got q [1, 2, 3, 4] I32",
                        a -> attend(a, of(a, DType.I32, "q", 1, 2, 3, 4), kv(a))),
                new Refusal(
                        "attention: k must be F32 or BF16, got k [1, 5, 3, 4] F16",
                        a -> attend(a, q(a), of(a, DType.F16, "k", 1, 5, 3, 4))),
                new Refusal(
                        "attention: q must be of rank 4, got q [2, 3, 4] F32",
                        a -> attend(a, f32(a, "q", 2, 3, 4), kv(a))),
                new Refusal(
                        "attention: k must be of rank 4, got k [5, 3, 4] F32",
                        a -> attend(a, q(a), f32(a, "k", 5, 3, 4))),
                new Refusal(
                        "attention: k must be [1, 5, 3, 4], got k [2, 5, 3, 4] F32",
                        a -> attend(a, q(a), f32(a, "k", 2, 5, 3, 4))),
                new Refusal(
                        "attention: k must be [1, 5, 3, 4], got k [1, 5, 3, 8] F32",
                        a -> attend(a, q(a), f32(a, "k", 1, 5, 3, 8))),
                new Refusal(
                        "attention: v must be [1, 5, 3, 4], got v [1, 6, 3, 4] F32",
                        a -> a.attention(q(a), kv(a), f32(a, "v", 1, 6, 3, 4), null, null, 1f)),
                new Refusal(
                        "attention: k must be F32, got k [1, 5, 3, 4] BF16",
                        a -> attend(a, q(a), of(a, DType.BF16, "k", 1, 5, 3, 4))),
                new Refusal(
                        "attention: v must be F32, got v [1, 5, 3, 4] BF16",
                        a -> a.attention(q(a), kv(a), of(a, DType.BF16, "v", 1, 5, 3, 4), null, null, 1f)),
                new Refusal(
                        "attention: bias must be F32, got bias [3, 2, 5] BF16",
                        a -> a.attention(q(a), kv(a), kv(a), of(a, DType.BF16, "bias", 3, 2, 5), null, 1f)),
                new Refusal(
                        "attention: bias must be [3, 2, 5], got bias [3, 5, 2] F32",
                        a -> a.attention(q(a), kv(a), kv(a), f32(a, "bias", 3, 5, 2), null, 1f)),
                new Refusal(
                        "attention: k must be at least one key, got k [1, 0, 3, 4] F32",
                        a -> attend(a, q(a), f32(a, "k", 1, 0, 3, 4))),
                new Refusal(
                        "attention: keyLengths must be 1 numbers in 1..5, got [6]",
                        a -> a.attention(q(a), kv(a), kv(a), null, new int[] {6}, 1f)),
                new Refusal(
                        "attention: keyLengths must be 1 numbers in 1..5, got [0]",
                        a -> a.attention(q(a), kv(a), kv(a), null, new int[] {0}, 1f)),
                new Refusal(
                        "attention: keyLengths must be 1 numbers in 1..5, got [5, 5]",
                        a -> a.attention(q(a), kv(a), kv(a), null, new int[] {5, 5}, 1f)));
    }

    private static Tensor q(Arena a) {
        return f32(a, "q", 1, 2, 3, 4);
    }

    private static Tensor kv(Arena a) {
        return f32(a, "k", 1, 5, 3, 4);
    }

    private static void attend(Arena a, Tensor q, Tensor k) {
        a.attention(q, k, k, null, null, 1f);
    }

    static Stream<Refusal> linearAttention() {
        return Stream.of(
                new Refusal(
                        "linearAttention: q must be F32 or BF16, got q [1, 2, 3, 4] U8",
                        a -> a.linearAttention(of(a, DType.U8, "q", 1, 2, 3, 4), kv(a), kv(a), 1e-5f)),
                new Refusal(
                        "linearAttention: v must be [1, 5, 3, 4], got q [1, 2, 3, 4] F32",
                        a -> a.linearAttention(q(a), kv(a), q(a), 1e-5f)),
                new Refusal(
                        "linearAttention: eps must be > 0, got 0.0", a -> a.linearAttention(q(a), kv(a), kv(a), 0f)),
                new Refusal(
                        "linearAttention: eps must be > 0, got NaN",
                        a -> a.linearAttention(q(a), kv(a), kv(a), Float.NaN)));
    }

    static Stream<Refusal> conv3d() {
        return Stream.of(
                new Refusal(
                        "conv3d: x must be F32 or BF16, got x [1, 3, 5, 6, 8] F16",
                        a -> convolve(a, of(a, DType.F16, "x", 1, 3, 5, 6, 8), packedConv(a, "w", 1, 4, 8, 3, 3, 3))),
                new Refusal(
                        "conv3d: x must be of rank 5, got x [3, 5, 6, 8] F32",
                        a -> convolve(a, f32(a, "x", 3, 5, 6, 8), packedConv(a, "w", 1, 4, 8, 3, 3, 3))),
                new Refusal(
                        "conv3d: weight must be of rank 5, got w [4, 8] F32",
                        a -> convolve(a, clip(a), packed(a, "w", 4, 8))),
                new Refusal(
                        "conv3d: weight must be packed for CONV3D with 1 groups, got w [4, 8, 3, 3, 3] F32",
                        a -> convolve(a, clip(a), f32(a, "w", 4, 8, 3, 3, 3))),
                new Refusal(
                        "conv3d: weight must be packed for CONV3D with 1 groups, got w [4, 4, 3, 3, 3] F32",
                        a -> convolve(a, clip(a), packedConv(a, "w", 2, 4, 4, 3, 3, 3))),
                new Refusal(
                        "conv3d: x must be [batch, frames, height, width, 6] for w [4, 6, 3, 3, 3] F32 in 1 groups,"
                                + " got x [1, 3, 5, 6, 8] F32",
                        a -> convolve(a, clip(a), packedConv(a, "w", 1, 4, 6, 3, 3, 3))),
                new Refusal(
                        "conv3d: bias must be [4], got b [8] F32",
                        a -> a.conv3d(
                                clip(a),
                                packedConv(a, "w", 1, 4, 8, 3, 3, 3),
                                f32(a, "b", 8),
                                same(),
                                Activation.NONE)),
                new Refusal(
                        "conv3d: bias must be F32, got b [4] BF16",
                        a -> a.conv3d(
                                clip(a),
                                packedConv(a, "w", 1, 4, 8, 3, 3, 3),
                                of(a, DType.BF16, "b", 4),
                                same(),
                                Activation.NONE)),
                new Refusal(
                        "conv3d: taps must be 1 per frame within 3 frames, got taps 3 -> 3 frames up to frame 2",
                        a -> convolve(a, clip(a), packedConv(a, "w", 1, 4, 8, 1, 3, 3))),
                new Refusal(
                        "conv3d: taps must be 3 per frame within 2 frames, got taps 3 -> 3 frames up to frame 2",
                        a -> convolve(a, f32(a, "x", 1, 2, 5, 6, 8), packedConv(a, "w", 1, 4, 8, 3, 3, 3))),
                new Refusal(
                        "conv3d: x must be at least as large as the kernel of w [4, 8, 3, 9, 9] F32,"
                                + " got x [1, 3, 5, 6, 8] F32",
                        a -> convolve(a, clip(a), packedConv(a, "w", 1, 4, 8, 3, 9, 9))));
    }

    private static Tensor clip(Arena a) {
        return f32(a, "x", 1, 3, 5, 6, 8);
    }

    private static Conv3dGeometry same() {
        return Conv3dGeometry.same(FrameTaps.causal(3, 3), 3, 3, 1);
    }

    private static void convolve(Arena a, Tensor x, Tensor weight) {
        a.conv3d(x, weight, null, same(), Activation.NONE);
    }

    static Stream<Refusal> pack() {
        return Stream.of(
                new Refusal(
                        "pack: weight must be plain and the layout packed, got w [4, 3] F32 " + Layout.PLAIN,
                        a -> a.pack(f32(a, "w", 4, 3), Layout.PLAIN, DType.F32)),
                new Refusal(
                        "pack: weight must be plain and the layout packed, got w [4, 3] F32 " + Layout.LINEAR,
                        a -> a.pack(packed(a, "w", 4, 3), Layout.LINEAR, DType.F32)),
                new Refusal(
                        "pack: weight and dtype must be float types, got w [4, 3] I32 to F32",
                        a -> a.pack(of(a, DType.I32, "w", 4, 3), Layout.LINEAR, DType.F32)),
                unpackable("[4, 3, 2]", Layout.LINEAR, 4, 3, 2),
                unpackable("[4, 3]", Layout.conv3d(1), 4, 3),
                unpackable("[4, 3, 1, 1, 1]", Layout.conv3d(3), 4, 3, 1, 1, 1),
                unpackable("[4, 3, 1, 1, 1]", Layout.conv3d(0), 4, 3, 1, 1, 1));
    }

    private static Refusal unpackable(String shape, Layout layout, long... dims) {
        String rule = "[out, in] for LINEAR or [out, in / groups, kt, kh, kw] for CONV3D";
        return new Refusal(
                "pack: weight must be " + rule + ", got w " + shape + " F32",
                a -> a.pack(f32(a, "w", dims), layout, DType.F32));
    }

    static Stream<Refusal> geometry() {
        FrameTaps taps = FrameTaps.valid(1, 1);
        return Stream.of(
                new Refusal(
                        "conv3d: stride and groups must be >= 1, got 0 and 1",
                        a -> new Conv3dGeometry(taps, 0, 0, 0, 0, 0, 1)),
                new Refusal(
                        "conv3d: stride and groups must be >= 1, got 1 and 0",
                        a -> new Conv3dGeometry(taps, 1, 0, 0, 0, 0, 0)),
                new Refusal(
                        "conv3d: padding must be >= 0, got [0, 0, -1, 0]",
                        a -> new Conv3dGeometry(taps, 1, 0, 0, -1, 0, 1)),
                new Refusal(
                        "frameTaps: sources must be a multiple of kernel, got 3 and 2", a -> FrameTaps.of(2, 0, 1, 2)),
                new Refusal("frameTaps: sources must be frames or ZERO, got [0, -2]", a -> FrameTaps.of(1, 0, -2)));
    }
}
