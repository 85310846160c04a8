package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.List;

/**
 * A tensor as a pickle describes it; its bytes lie elsewhere in the file.
 *
 * @param offset of its first element in the storage, in elements of {@code type}
 * @param strides of its dimensions, in elements of {@code type}
 */
record TorchTensor(Storage storage, StorageType type, long offset, Shape shape, List<Long> strides) {
    /** @param key names it in the file @param count elements of {@code type} */
    record Storage(StorageType type, String key, long count) {}

    /** Whether its elements follow one another in row-major order. Strides of dimensions of one element, and of empty tensors, say nothing. */
    boolean isContiguous() {
        long expected = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (shape.dim(axis) != 1 && strides.get(axis) != expected) {
                return shape.numel() == 0;
            }
            expected *= shape.dim(axis);
        }
        return true;
    }

    /** Elements from its first to its last, both with it; 0 of an empty tensor. @throws ArithmeticException beyond 63 bits */
    long span() {
        if (shape.numel() == 0) {
            return 0;
        }
        long last = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            last = Math.addExact(last, Math.multiplyExact(shape.dim(axis) - 1, strides.get(axis)));
        }
        return Math.addExact(last, 1);
    }
}
