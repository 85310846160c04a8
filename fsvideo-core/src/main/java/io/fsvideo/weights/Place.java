package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.Arrays;

/**
 * Where a stored tensor belongs.
 *
 * @param name of the parameter, ours
 * @param part which of the {@code parts} stored tensors that follow each other along the parameter's first dimension, from 0
 * @param ones dimensions of 1 that the parameter has before those stored
 * @param onesAfter dimensions of 1 that it has after them
 */
record Place(String name, int part, int parts, int ones, int onesAfter) {
    /** The whole parameter, in its shape. */
    static Place of(String name) {
        return new Place(name, 0, 1, 0, 0);
    }

    /** Where the scales of this parameter's outputs belong; outputs are its first dimension unless ones come before it. */
    Place ofScale(String ending) {
        return ones == 0
                ? new Place(name + ending, part, parts, 0, 0)
                : Place.of(name + ending + " (of a parameter without outputs)");
    }

    /** The stored shape with the ones around it. */
    Shape shape(Shape stored) {
        long[] dims = new long[ones + stored.rank() + onesAfter];
        Arrays.fill(dims, 1);
        System.arraycopy(stored.toArray(), 0, dims, ones, stored.rank());
        return Shape.of(dims);
    }
}
