package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Tensor;

/**
 * Rows of BF16 whose width is a multiple of 8, as TMA and cp.async want.
 *
 * @param width elements of a row
 * @param scratch the copy's memory, null when the tensor serves as it is
 */
record AlignedRows(long address, long width, Scratch scratch) implements AutoCloseable {
    /** {@code x} itself, or a copy with zeros behind each row. */
    static AlignedRows of(Tensor x, Device device) {
        long width = x.dim(-1);
        long padded = PackedWeight.padded(width);
        if (padded == width) {
            return new AlignedRows(x.address(), width, null);
        }
        int bytes = x.dtype().bytes();
        long rows = x.numel() / width;
        Scratch scratch = device.memory().scratch(rows * padded * bytes);
        try {
            device.elements().zero(scratch.address(), rows * padded * bytes);
            device.layouts().place(scratch.address(), padded * bytes, x.address(), width * bytes, rows);
        } catch (RuntimeException e) {
            scratch.close();
            throw e;
        }
        return new AlignedRows(scratch.address(), padded, scratch);
    }

    @Override
    public void close() {
        if (scratch != null) {
            scratch.close();
        }
    }
}
