package io.fsvideo.conformance;

import static io.fsvideo.conformance.Refusal.f32;
import static io.fsvideo.conformance.Refusal.of;
import static io.fsvideo.conformance.Refusal.packed;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestArena.class)
class LayoutErrorsTest {
    @ParameterizedTest
    @MethodSource({"permute", "concat", "slice", "pixelShuffle", "channels", "resize"})
    void isRefused(Refusal refusal, Arena a) {
        refusal.check(a);
    }

    static Stream<Refusal> permute() {
        return Stream.of(
                new Refusal(
                        "permute: axes must be a permutation of 0..1, got [0]", a -> a.permute(f32(a, "x", 2, 3), 0)),
                new Refusal(
                        "permute: axes must be a permutation of 0..1, got [0, 0]",
                        a -> a.permute(f32(a, "x", 2, 3), 0, 0)),
                new Refusal(
                        "permute: axes must be a permutation of 0..1, got [1, 2]",
                        a -> a.permute(f32(a, "x", 2, 3), 1, 2)),
                new Refusal(
                        "permute: axes must be a permutation of 0..1, got [1, 0, 2]",
                        a -> a.permute(f32(a, "x", 2, 3), 1, 0, 2)),
                new Refusal(
                        "permute: x must be plain, not packed for LINEAR, got x [2, 3] F32",
                        a -> a.permute(packed(a, "x", 2, 3), 1, 0)));
    }

    static Stream<Refusal> concat() {
        return Stream.of(
                new Refusal("concat: parts must be at least one, got []", a -> a.concat(0, List.of())),
                new Refusal(
                        "concat: part must be F32, got y [2, 3] BF16",
                        a -> a.concat(0, List.of(f32(a, "x", 2, 3), of(a, DType.BF16, "y", 2, 3)))),
                new Refusal(
                        "concat: part must be of rank 2, got y [3] F32",
                        a -> a.concat(0, List.of(f32(a, "x", 2, 3), f32(a, "y", 3)))),
                new Refusal(
                        "concat: part must be [5, 3], got y [5, 4] F32",
                        a -> a.concat(0, List.of(f32(a, "x", 2, 3), f32(a, "y", 5, 4)))),
                new Refusal(
                        "concat: part must be plain, not packed for LINEAR, got y [2, 3] F32",
                        a -> a.concat(0, List.of(f32(a, "x", 2, 3), packed(a, "y", 2, 3)))),
                new Refusal(
                        "shape: axis must be within rank 2, got 2 of [2, 3]",
                        a -> a.concat(2, List.of(f32(a, "x", 2, 3)))));
    }

    static Stream<Refusal> slice() {
        return Stream.of(
                new Refusal(
                        "slice: range must be within 0..3 along axis 1, got 1..4 of x [2, 3] F32",
                        a -> a.slice(f32(a, "x", 2, 3), 1, 1, 4)),
                new Refusal(
                        "slice: range must be within 0..3 along axis -1, got -1..2 of x [2, 3] F32",
                        a -> a.slice(f32(a, "x", 2, 3), -1, -1, 2)),
                new Refusal(
                        "slice: range must be within 0..3 along axis 1, got 2..1 of x [2, 3] F32",
                        a -> a.slice(f32(a, "x", 2, 3), 1, 2, 1)),
                new Refusal(
                        "slice: x must be plain, not packed for LINEAR, got x [2, 3] F32",
                        a -> a.slice(packed(a, "x", 2, 3), 0, 0, 1)),
                new Refusal(
                        "shape: axis must be within rank 2, got -3 of [2, 3]",
                        a -> a.slice(f32(a, "x", 2, 3), -3, 0, 1)));
    }

    static Stream<Refusal> pixelShuffle() {
        return Stream.of(
                new Refusal(
                        "pixelShuffle3d: x must be F32 or BF16, got x [1, 2, 3, 4, 8] F16",
                        a -> a.pixelShuffle3d(of(a, DType.F16, "x", 1, 2, 3, 4, 8), 2, 2)),
                new Refusal(
                        "pixelShuffle3d: x must be of rank 5, got x [2, 3, 4, 8] F32",
                        a -> a.pixelShuffle3d(f32(a, "x", 2, 3, 4, 8), 2, 2)),
                new Refusal(
                        "pixelShuffle3d: x must be a multiple of 8 channels, got x [1, 2, 3, 4, 12] F32",
                        a -> a.pixelShuffle3d(f32(a, "x", 1, 2, 3, 4, 12), 2, 2)),
                new Refusal(
                        "pixelUnshuffle3d: x must be F32 or BF16, got x [1, 2, 4, 4, 8] I32",
                        a -> a.pixelUnshuffle3d(of(a, DType.I32, "x", 1, 2, 4, 4, 8), 2, 2)),
                new Refusal(
                        "pixelUnshuffle3d: x must be of rank 5, got x [4, 8] F32",
                        a -> a.pixelUnshuffle3d(f32(a, "x", 4, 8), 2, 2)),
                new Refusal(
                        "pixelShuffle3d: frames and side must be >= 1, got 0 and 2",
                        a -> a.pixelShuffle3d(f32(a, "x", 1, 2, 4, 4, 8), 0, 2)),
                new Refusal(
                        "pixelUnshuffle3d: frames and side must be >= 1, got 1 and 0",
                        a -> a.pixelUnshuffle3d(f32(a, "x", 1, 2, 4, 4, 8), 1, 0)),
                unshuffle(3, 4, 4),
                unshuffle(2, 5, 4),
                unshuffle(2, 4, 5));
    }

    private static Refusal unshuffle(long frames, long height, long width) {
        return new Refusal(
                "pixelUnshuffle3d: x must be a multiple of 2 frames and of 2 rows and columns, got x [1, " + frames
                        + ", " + height + ", " + width + ", 8] F32",
                a -> a.pixelUnshuffle3d(f32(a, "x", 1, frames, height, width, 8), 2, 2));
    }

    static Stream<Refusal> channels() {
        return Stream.of(
                new Refusal(
                        "channelAverage: x must be F32 or BF16, got x [8] F16",
                        a -> a.channelAverage(of(a, DType.F16, "x", 8), 4)),
                new Refusal(
                        "channelAverage: x must be a multiple of 3 channels, got x [2, 8] F32",
                        a -> a.channelAverage(f32(a, "x", 2, 8), 3)),
                new Refusal(
                        "channelAverage: x must be a multiple of 0 channels, got x [2, 8] F32",
                        a -> a.channelAverage(f32(a, "x", 2, 8), 0)),
                new Refusal(
                        "channelDuplicate: x must be F32 or BF16, got x [8] F16",
                        a -> a.channelDuplicate(of(a, DType.F16, "x", 8), 16)),
                new Refusal(
                        "channelDuplicate: x must be a divisor of 12 channels, got x [2, 8] F32",
                        a -> a.channelDuplicate(f32(a, "x", 2, 8), 12)));
    }

    static Stream<Refusal> resize() {
        return Stream.of(
                new Refusal(
                        "resize: x must be F32 or BF16, got x [1, 1, 4, 4, 3] U8",
                        a -> a.resize(of(a, DType.U8, "x", 1, 1, 4, 4, 3), 2, 2, Resampling.BICUBIC)),
                new Refusal(
                        "resize: x must be of rank 5, got x [4, 4, 3] F32",
                        a -> a.resize(f32(a, "x", 4, 4, 3), 2, 2, Resampling.BICUBIC)),
                new Refusal(
                        "resize: x must be non-empty, to a non-empty size, got x [1, 1, 0, 4, 3] F32",
                        a -> a.resize(f32(a, "x", 1, 1, 0, 4, 3), 2, 2, Resampling.NEAREST)),
                new Refusal(
                        "resize: x must be non-empty, to a non-empty size, got x [1, 1, 4, 4, 3] F32",
                        a -> a.resize(f32(a, "x", 1, 1, 4, 4, 3), 2, 0, Resampling.NEAREST)));
    }
}
