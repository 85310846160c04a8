package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;

/**
 * Where a stored tensor belongs.
 *
 * @param name of the parameter, ours
 * @param part which of the {@code parts} stored tensors that follow each other along the parameter's first dimension, from 0
 * @param ones dimensions of 1 that the parameter has before those stored
 */
record Place(String name, int part, int parts, int ones) {
    /** The whole parameter, in its shape. */
    static Place of(String name) {
        return new Place(name, 0, 1, 0);
    }

    /** The stored shape with the leading ones. */
    Shape shape(Shape stored) {
        long[] dims = new long[ones + stored.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i < ones ? 1 : stored.dim(i - ones);
        }
        return Shape.of(dims);
    }
}
