package io.fsvideo.tensor;

import java.util.Arrays;

/** Immutable list of dimensions, outermost first; zero-sized dimensions are legal. */
public final class Shape {
    private final long[] dims;

    private Shape(long[] dims) {
        this.dims = dims;
    }

    /** @throws ShapeException when a dimension is negative or the element count overflows a long */
    public static Shape of(long... dims) {
        Shape shape = new Shape(dims.clone());
        shape.numel();
        return shape;
    }

    public int rank() {
        return dims.length;
    }

    /** Size along {@code axis}; negative axes count from the end. */
    public long dim(int axis) {
        return dims[axis(axis)];
    }

    /** {@code axis} as a non-negative index. */
    public int axis(int axis) {
        int index = axis < 0 ? axis + dims.length : axis;
        if (index < 0 || index >= dims.length) {
            throw new ShapeException(
                    "shape: axis must be within rank " + dims.length + ", got " + axis + " of " + this);
        }
        return index;
    }

    /** Number of elements. */
    public long numel() {
        long count = 1;
        boolean empty = false;
        boolean overflow = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new ShapeException("shape: dimensions must be >= 0, got " + Arrays.toString(dims));
            }
            empty |= dim == 0;
            overflow |= Math.multiplyHigh(count, dim) != 0 || count * dim < 0;
            count *= dim;
        }
        if (overflow && !empty) {
            throw new ShapeException("shape: element count must fit 63 bits, got " + Arrays.toString(dims));
        }
        return empty ? 0 : count;
    }

    /** This shape with {@code size} along {@code axis}. */
    public Shape with(int axis, long size) {
        long[] copy = dims.clone();
        copy[axis(axis)] = size;
        return of(copy);
    }

    public long[] toArray() {
        return dims.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
