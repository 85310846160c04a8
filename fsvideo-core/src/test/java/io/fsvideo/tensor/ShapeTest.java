package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ShapeTest {
    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(ShapeException.class, action).getMessage());
    }

    @Test
    void countsElements() {
        assertEquals(1, Shape.of().numel());
        assertEquals(0, Shape.of(3, 0, 5).numel());
        assertEquals(30, Shape.of(2, 3, 5).numel());
        assertEquals(Long.MAX_VALUE, Shape.of(Long.MAX_VALUE, 1).numel());
        assertEquals(1L << 62, Shape.of(1L << 31, 1L << 31).numel());
    }

    @Test
    void emptyShapesMayHaveLargeDimensionsInAnyOrder() {
        assertEquals(0, Shape.of(0, Long.MAX_VALUE, Long.MAX_VALUE).numel());
        assertEquals(0, Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).numel());
    }

    @Test
    void refusesNegativeAndOverflowingDimensions() {
        assertMessage("shape: dimensions must be >= 0, got [2, -1]", () -> Shape.of(2, -1));
        assertMessage("shape: dimensions must be >= 0, got [0, -1]", () -> Shape.of(0, -1));
        long half = 1L << 32;
        assertMessage(
                "shape: element count must fit 63 bits, got [4294967296, 4294967296]", () -> Shape.of(half, half));
        assertMessage(
                "shape: element count must fit 63 bits, got [4294967296, 2147483648]", () -> Shape.of(half, half / 2));
        assertMessage(
                "shape: element count must fit 63 bits, got [4294967296, 4294967296, 3]",
                () -> Shape.of(half, half, 3));
    }

    @Test
    void axesCountFromBothEnds() {
        Shape shape = Shape.of(2, 3, 5);
        assertEquals(3, shape.rank());
        assertEquals(5, shape.dim(-1));
        assertEquals(2, shape.dim(-3));
        assertEquals(1, shape.axis(-2));
        assertMessage("shape: axis must be within rank 3, got 3 of [2, 3, 5]", () -> shape.dim(3));
        assertMessage("shape: axis must be within rank 3, got -4 of [2, 3, 5]", () -> shape.dim(-4));
        assertMessage(
                "shape: axis must be within rank 0, got 0 of []",
                () -> Shape.of().dim(0));
    }

    @Test
    void isAValue() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 7;
        shape.toArray()[1] = 7;
        assertArrayEquals(new long[] {2, 3}, shape.toArray());
        assertEquals(Shape.of(2, 3), shape);
        assertEquals(Shape.of(2, 3).hashCode(), shape.hashCode());
        assertNotEquals(Shape.of(3, 2), shape);
        assertNotEquals(Shape.of(2, 3, 1), shape);
        assertEquals(Shape.of(2, 9), shape.with(-1, 9));
        assertEquals("[2, 3]", shape.toString());
    }
}
