package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.function.Consumer;

/**
 * A call that an arena must refuse.
 *
 * @param message the whole message
 * @param call the mistake
 */
record Refusal(String message, Consumer<Arena> call) {
    void check(Arena a) {
        assertEquals(
                message,
                assertThrows(ShapeException.class, () -> call.accept(a)).getMessage());
    }

    /** An F32 tensor; refused before anything reads it. */
    static Tensor f32(Arena a, String name, long... dims) {
        return a.alloc(name, DType.F32, Shape.of(dims));
    }

    static Tensor of(Arena a, DType dtype, String name, long... dims) {
        return a.alloc(name, dtype, Shape.of(dims));
    }

    static Tensor packed(Arena a, String name, long out, long in) {
        return a.pack(f32(a, name, out, in), Layout.LINEAR, DType.F32);
    }

    static Tensor packedConv(Arena a, String name, int groups, long... dims) {
        return a.pack(f32(a, name, dims), Layout.conv3d(groups), DType.F32);
    }

    @Override
    public String toString() {
        return message;
    }
}
