package io.fsvideo.cuda;

import java.util.Arrays;

/**
 * What {@code cuTensorMapEncodeTiled} is told: a box of an array of BF16 or bytes that the TMA unit copies at once. Axes go from the innermost
 * outwards. Made once per launcher and re-aimed for each launch.
 */
final class TensorMap {
    /** CUtensorMapDataType of BF16. */
    static final int BF16 = 9;
    /** CUtensorMapDataType of bytes. */
    static final int UINT8 = 0;
    /** CUtensorMapSwizzle of 128 bytes. */
    static final int SWIZZLE_128 = 3;

    private final int elementBytes;
    private final int[] box;
    private final long[] sizes;
    private final long[] strides;
    private long address;

    /**
     * A map of BF16 elements. @param box elements copied at once, innermost axis first; its length is the rank, 1 ..
     * 5
     */
    TensorMap(int... box) {
        this(2, box);
    }

    /** A map of bytes; parameters as for BF16. */
    static TensorMap bytes(int... box) {
        return new TensorMap(1, box);
    }

    private TensorMap(int elementBytes, int[] box) {
        this.elementBytes = elementBytes;
        this.box = box.clone();
        sizes = new long[box.length];
        strides = new long[box.length - 1];
    }

    /** Starts a description of the array at {@code address}. */
    TensorMap at(long newAddress) {
        address = newAddress;
        return this;
    }

    /** Elements along {@code axis}, which lie {@code strideBytes} apart (axis 0: side by side, the argument is ignored). */
    TensorMap axis(int axis, long size, long strideBytes) {
        sizes[axis] = size;
        if (axis > 0) {
            strides[axis - 1] = strideBytes;
        }
        return this;
    }

    /** Elements along {@code axis} of an array without gaps; axes in order, beginning with 0. */
    TensorMap dense(int axis, long size) {
        long stride = axis == 0 ? 0 : axis == 1 ? sizes[0] * elementBytes : strides[axis - 2] * sizes[axis - 1];
        return axis(axis, size, stride);
    }

    int type() {
        return elementBytes == 1 ? UINT8 : BF16;
    }

    int swizzle() {
        return SWIZZLE_128;
    }

    int rank() {
        return box.length;
    }

    long address() {
        return address;
    }

    /** The array itself, not a copy: read only. */
    int[] box() {
        return box;
    }

    /** The array itself, not a copy: read only. */
    long[] sizes() {
        return sizes;
    }

    /** Bytes, of all axes but the innermost; the array itself, not a copy: read only. */
    long[] strides() {
        return strides;
    }

    @Override
    public String toString() {
        return "tensor map of " + Arrays.toString(sizes) + " box " + Arrays.toString(box) + " strides "
                + Arrays.toString(strides);
    }
}
