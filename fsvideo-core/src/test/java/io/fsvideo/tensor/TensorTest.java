package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private Backend backend;
    private Arena arena;

    @BeforeEach
    void open() {
        backend = Backend.open("reference");
        arena = Arena.root(backend, "root");
    }

    @AfterEach
    void nothingIsLeft() {
        arena.close();
        backend.close();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void holdsValuesOfEveryDtype(DType dtype) {
        // More than one of the copy buffers of 1 MiB, and not a multiple of one.
        int count = (1 << 20) + 257;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % 15;
        }
        Tensor tensor = arena.of("x", dtype, values, count, 1);
        assertArrayEquals(values, tensor.toFloats());
        assertEquals((long) count * dtype.bytes(), tensor.bytes());
        assertEquals("x [1048833, 1] " + dtype, tensor.toString());
    }

    @Test
    void emptyTensorsAreLegal() {
        assertArrayEquals(new float[0], arena.of("x", new float[0], 0, 3).toFloats());
        assertEquals(0, arena.bytesInUse());
    }

    @Test
    void ofNeedsAsManyValuesAsTheShape() {
        ShapeException e = assertThrows(ShapeException.class, () -> arena.of("x", new float[5], 2, 3));
        assertEquals("of: x must have 6 values, got 5", e.getMessage());
        assertEquals(0, arena.bytesInUse());
    }

    @Test
    void reshapeAndNamedShareTheStorage() {
        Tensor x = arena.of("x", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Tensor y = x.reshape(3, 1, 2).named("y");
        assertEquals("y [3, 1, 2] F32", y.toString());
        assertEquals(x.address(), y.address());
        assertEquals(24, arena.bytesInUse());
        assertEquals(3, y.rank());
        assertEquals(2, y.dim(-1));
        assertArrayEquals(x.toFloats(), y.toFloats());
        ShapeException e = assertThrows(ShapeException.class, () -> x.reshape(7));
        assertEquals("reshape: shape must have 6 plain elements, got [7] for x [2, 3] F32", e.getMessage());
    }

    @Test
    void rowsShareTheStorage() {
        float[] values = new float[6 * 32];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Tensor x = arena.of("x", DType.BF16, values, 6, 16, 2);
        Tensor middle = x.rows(2, 5);
        assertEquals("x [3, 16, 2] BF16", middle.toString());
        assertEquals(x.address() + 2 * 64, middle.address());
        assertEquals(3 * 64, middle.bytes());
        assertArrayEquals(Arrays.copyOfRange(values, 2 * 32, 5 * 32), middle.toFloats());
        Tensor last = middle.named("y").reshape(96).rows(32, 96).reshape(2, 32).rows(1, 2);
        assertArrayEquals(Arrays.copyOfRange(values, 4 * 32, 5 * 32), last.toFloats());
        arena.write(last, new float[32]);
        assertEquals(0, x.toFloats()[4 * 32]);
        assertEquals(values[5 * 32], x.toFloats()[5 * 32]);
        assertEquals(0, x.rows(6, 6).numel());
        assertEquals(6 * 64, arena.bytesInUse());
    }

    @Test
    void rowsLiveAsLongAsTheirTensor() {
        Tensor kept;
        Tensor freed;
        try (Arena child = arena.child("block")) {
            kept = child.of("kept", new float[] {1, 2}, 2, 1).rows(0, 1);
            freed = child.of("freed", new float[16], 1, 16).rows(0, 1);
            child.keep(kept);
        }
        assertArrayEquals(new float[] {1}, kept.toFloats());
        assertEquals(8, arena.bytesInUse());
        assertThrows(IllegalStateException.class, freed::address);
    }

    /** 64 bytes is where backends let tensors begin. */
    @ParameterizedTest
    @CsvSource({"16, 1", "48, 1", "8, 2", "24, 2", "1, 16", "5, 16"})
    void rowsBeginWhereATensorMay(int width, int step) {
        Tensor x = arena.of("x", new float[32 * width], 32, width);
        assertEquals(step, x.rowStep());
        assertEquals(0, x.rows(step, 32).address() % 64);
        if (step > 1) {
            ShapeException e = assertThrows(ShapeException.class, () -> x.rows(step - 1, 32));
            assertEquals(
                    "rows: range must be within the first axis of a plain tensor and begin at a multiple of " + step
                            + ", got " + (step - 1) + "..32 of x [32, " + width + "] F32",
                    e.getMessage());
        }
    }

    @Test
    void rowsOutsideAreRefused() {
        Tensor x = arena.of("x", new float[32], 2, 16);
        for (long[] range : new long[][] {{-1, 1}, {0, 3}, {2, 1}, {3, 3}}) {
            ShapeException e = assertThrows(ShapeException.class, () -> x.rows(range[0], range[1]));
            assertEquals(
                    "rows: range must be within the first axis of a plain tensor, got " + range[0] + ".." + range[1]
                            + " of x [2, 16] F32",
                    e.getMessage());
        }
        assertThrows(
                ShapeException.class, () -> arena.of("scalar", new float[1]).rows(0, 1));
        Tensor packed = arena.pack(arena.of("w", new float[6], 2, 3), Layout.LINEAR, DType.F32);
        assertThrows(ShapeException.class, () -> packed.rows(0, 1));
    }

    @Test
    void packedWeightsCannotBeReadOrReshaped() {
        Tensor packed = arena.pack(arena.of("w", new float[6], 2, 3), Layout.LINEAR, DType.F32);
        assertEquals(
                "toFloats: tensor must be plain and fit a Java array, got w [2, 3] F32",
                assertThrows(ShapeException.class, packed::toFloats).getMessage());
        assertThrows(ShapeException.class, () -> packed.reshape(3, 2));
        ShapeException again = assertThrows(ShapeException.class, () -> arena.pack(packed, Layout.LINEAR, DType.F32));
        assertEquals(
                "pack: weight must be plain and the layout packed, got w [2, 3] F32 " + Layout.LINEAR,
                again.getMessage());
        Tensor ids = arena.of("ids", DType.I32, new float[4], 2, 2);
        assertEquals(
                "pack: weight and dtype must be float types, got ids [2, 2] I32 to F32",
                assertThrows(ShapeException.class, () -> arena.pack(ids, Layout.LINEAR, DType.F32))
                        .getMessage());
    }

    @Test
    void tooLargeForAnArrayIsSaid() {
        try (PlanBackend plan = new PlanBackend(backend);
                Arena a = Arena.root(plan, "plan")) {
            Tensor huge = a.alloc("huge", DType.U8, Shape.of(1L << 31));
            ShapeException e = assertThrows(ShapeException.class, huge::toFloats);
            assertEquals(
                    "toFloats: tensor must be plain and fit a Java array, got huge [2147483648] U8", e.getMessage());
        }
    }

    @Test
    void useAfterCloseNamesTensorAndArena() {
        Tensor x;
        try (Arena child = arena.child("block")) {
            x = child.of("q", new float[] {1, 2}, 2);
        }
        String message =
                "tensor: q [2] F32 was freed when arena root/block closed; keep() it in an arena that lives longer";
        assertEquals(
                message, assertThrows(IllegalStateException.class, x::address).getMessage());
        assertEquals(
                message, assertThrows(IllegalStateException.class, x::toFloats).getMessage());
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, () -> arena.add(x, x)).getMessage());
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, () -> arena.pack(x.named("q"), Layout.LINEAR, DType.F32))
                        .getMessage());
        assertEquals(0, arena.bytesInUse());
    }
}
