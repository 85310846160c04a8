package io.fsvideo.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A contiguous, row-major block of numbers on a backend; immutable by convention. Belongs to exactly one {@link Arena} and lives until
 * that arena closes.
 */
public final class Tensor {
    private static final int COPY_BYTES = 1 << 20;
    /** Where a tensor may begin; {@link Backend#allocate} promises it too. */
    private static final long ALIGNMENT = 64;

    private final String name;
    private final DType dtype;
    private final Shape shape;
    private final Layout layout;
    private final Storage storage;
    private final long offset;

    Tensor(String name, DType dtype, Shape shape, Layout layout, Storage storage) {
        this(name, dtype, shape, layout, storage, 0);
    }

    private Tensor(String name, DType dtype, Shape shape, Layout layout, Storage storage, long offset) {
        this.name = name;
        this.dtype = dtype;
        this.shape = shape;
        this.layout = layout;
        this.storage = storage;
        this.offset = offset;
    }

    /** What made it, or the checkpoint's key for a weight; appears in every error. */
    public String name() {
        return name;
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    public Layout layout() {
        return layout;
    }

    public int rank() {
        return shape.rank();
    }

    /** Size along {@code axis}; negative axes count from the end. */
    public long dim(int axis) {
        return shape.dim(axis);
    }

    public long numel() {
        return shape.numel();
    }

    /** Bytes that hold it, more than {@code numel * dtype.bytes} for some packed layouts. */
    public long bytes() {
        return layout.equals(Layout.PLAIN) ? numel() * dtype.bytes() : storage.bytes;
    }

    /** Address on the backend. @throws IllegalStateException when the owning arena has been closed */
    public long address() {
        return storage.address(this) + offset;
    }

    /** The same elements under another shape. @throws ShapeException when the element counts differ or the layout is packed */
    public Tensor reshape(long... dims) {
        Shape target = Shape.of(dims);
        if (target.numel() != numel() || !layout.equals(Layout.PLAIN)) {
            throw new ShapeException(
                    "reshape: shape must have " + numel() + " plain elements, got " + target + " for " + this);
        }
        return new Tensor(name, dtype, target, layout, storage, offset);
    }

    /**
     * Entries {@code from} to {@code to}, exclusive, of the first axis: the same memory, which whoever owns it frees or keeps as a whole.
     *
     * @throws ShapeException when they are not within it, do not begin at a multiple of {@link #rowStep}, or the layout is packed
     */
    public Tensor rows(long from, long to) {
        boolean within = rank() > 0 && layout.equals(Layout.PLAIN) && 0 <= from && from <= to && to <= dim(0);
        if (!within || from % rowStep() != 0) {
            throw new ShapeException("rows: range must be within the first axis of a plain tensor"
                    + (within ? " and begin at a multiple of " + rowStep() : "") + ", got " + from + ".." + to + " of "
                    + this);
        }
        return new Tensor(name, dtype, shape.with(0, to - from), layout, storage, offset + from * rowBytes());
    }

    /** Entries of the first axis between places where {@link #rows} may begin: at multiples of 64 bytes, as backends ask for. */
    public long rowStep() {
        return rowBytes() == 0 ? 1 : ALIGNMENT / Math.min(ALIGNMENT, Long.lowestOneBit(rowBytes()));
    }

    private long rowBytes() {
        return dim(0) == 0 ? 0 : numel() / dim(0) * dtype.bytes();
    }

    /** The same tensor under another name. */
    public Tensor named(String newName) {
        return new Tensor(newName, dtype, shape, layout, storage, offset);
    }

    /** All elements as floats, in row-major order. @throws ShapeException when packed or more than 2^31 - 9 elements */
    public float[] toFloats() {
        if (!layout.equals(Layout.PLAIN) || numel() > Integer.MAX_VALUE - 8) {
            throw new ShapeException("toFloats: tensor must be plain and fit a Java array, got " + this);
        }
        address();
        float[] values = new float[(int) numel()];
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, Math.max(1, numel() * dtype.bytes())))
                .order(ByteOrder.LITTLE_ENDIAN);
        int step = buffer.capacity() / dtype.bytes();
        for (int start = 0; start < values.length; start += step) {
            int count = Math.min(step, values.length - start);
            buffer.clear().limit(count * dtype.bytes());
            storage.owner().backend().copyOut(buffer, this, (long) start * dtype.bytes());
            buffer.flip();
            Floats.decode(dtype, buffer, values, start, count);
        }
        return values;
    }

    Storage storage() {
        return storage;
    }

    @Override
    public String toString() {
        return name + " " + shape + " " + dtype;
    }
}
