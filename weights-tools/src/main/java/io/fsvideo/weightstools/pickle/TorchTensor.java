package io.fsvideo.weightstools.pickle;

import io.fsvideo.tensor.Shape;

/**
 * A tensor as a pickle describes it; its bytes lie elsewhere in the file.
 *
 * @param offset of its first element in the storage, in elements of {@code type}
 * @param isContiguous whether its elements follow one another in row-major order
 */
record TorchTensor(Storage storage, StorageType type, long offset, Shape shape, boolean isContiguous) {
    /** @param key names the member that holds it @param count elements of {@code type} */
    record Storage(StorageType type, String key, long count) {}

    /** Strides of dimensions of one element, and of empty tensors, say nothing. */
    static boolean isContiguous(Shape shape, long[] strides) {
        long expected = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (shape.dim(axis) != 1 && strides[axis] != expected) {
                return shape.numel() == 0;
            }
            expected *= shape.dim(axis);
        }
        return true;
    }
}
