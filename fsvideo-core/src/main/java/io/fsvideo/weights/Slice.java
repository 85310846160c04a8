package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import java.nio.ByteBuffer;

/**
 * A range of one dimension of a tensor, such as the rows that one of several ranks holds.
 *
 * @param axis the dimension that is cut, counted from the outermost
 * @param whole its size in the whole tensor
 * @param begin first index
 * @param end one past the last index
 */
public record Slice(int axis, long whole, long begin, long end) {
    /** @throws ShapeException unless {@code axis >= 0} and {@code 0 <= begin <= end <= whole} */
    public Slice {
        if (axis < 0 || begin < 0 || end < begin || end > whole) {
            throw new ShapeException("slice: range must be of an axis >= 0 and within 0.." + whole + ", got axis "
                    + axis + " from " + begin + " to " + end);
        }
    }

    /** Stored bytes of the whole tensor, row-major. */
    public interface Stored {
        /** Fills what remains of {@code target} from byte {@code offset} on. */
        void read(long offset, ByteBuffer target);
    }

    /** Receives the slice's bytes from the first on, in pieces. */
    public interface Pieces {
        /** @param offset of the piece's first byte within the slice */
        void accept(ByteBuffer piece, long offset);
    }

    /** Whether a tensor of shape {@code tensor} can be cut so. */
    public boolean fits(Shape tensor) {
        return tensor.rank() > axis && tensor.dim(axis) == whole;
    }

    /** Shape of the slice of a tensor of shape {@code tensor}. @throws ShapeException when its dimension is not {@code whole} */
    public Shape of(Shape tensor) {
        if (!fits(tensor)) {
            throw new ShapeException("slice: dimension " + axis + " must be " + whole + ", got " + tensor);
        }
        return tensor.with(axis, end - begin);
    }

    /** Elements of the slice that lie side by side in a tensor of shape {@code tensor}. */
    public long run(Shape tensor) {
        long inner = 1;
        for (int i = axis + 1; i < tensor.rank(); i++) {
            inner *= tensor.dim(i);
        }
        return (end - begin) * inner;
    }

    /**
     * Reads the slice's bytes, and nothing of the rest.
     *
     * @param tensor shape of the whole
     * @param buffer what pieces are collected in
     * @throws ShapeException as {@link #of}
     */
    public void gather(Shape tensor, int elementBytes, ByteBuffer buffer, Stored stored, Pieces pieces) {
        long bytes = of(tensor).numel() * elementBytes;
        long run = run(tensor) * elementBytes;
        long stride = end == begin ? 0 : run / (end - begin) * whole;
        long first = end == begin ? 0 : run / (end - begin) * begin;
        buffer.clear();
        for (long done = 0; done < bytes; ) {
            int count = (int) Math.min(run - done % run, buffer.capacity() - buffer.position());
            buffer.limit(buffer.position() + count);
            stored.read(first + done / run * stride + done % run, buffer);
            done += count;
            if (buffer.position() == buffer.capacity() || done == bytes) {
                long start = done - buffer.position();
                pieces.accept(buffer.flip(), start);
                buffer.clear();
            }
        }
    }
}
