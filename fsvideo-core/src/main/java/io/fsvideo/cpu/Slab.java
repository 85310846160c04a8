package io.fsvideo.cpu;

import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * How one convolution is cut.
 *
 * @param rows output rows of a task; the last of a frame may have fewer
 */
record Slab(Conv3dGeometry geometry, Shape x, Shape y, Shape weight, long rows) {
    private static final long LEAST_BYTES = 512 << 10;
    private static final long MOST_BYTES = 4 << 20;
    private static final long LEAST_PIXELS = 128;
    private static final long ENOUGH_TASKS = 8;

    /** Task: {@code rows} output rows from {@code y} on of output frame {@code frame} of {@code batch}. */
    record Block(long batch, int frame, long y, long rows, long outOffset) {}

    static Slab of(Tensor x, Tensor out, Shape weight, Conv3dGeometry geometry) {
        Slab one = new Slab(geometry, x.shape(), out.shape(), weight, 1);
        return new Slab(geometry, x.shape(), out.shape(), weight, one.balancedRows());
    }

    /** Measured: slabs of half a megabyte are best, larger ones only where the weights are large too. */
    private long balancedRows() {
        long weightBytes = weight.numel() * Float.BYTES;
        long budget = Math.max(LEAST_BYTES, Math.min(MOST_BYTES, weightBytes / 8));
        long rowBytes = kernelFrames() * inWidth() * in() * Float.BYTES;
        long fitting = (budget / Math.max(1, rowBytes) - weight.dim(3)) / geometry.stride() + 1;
        long height = y.dim(2);
        long most = Math.max(1, Math.min(height, fitting));
        long frames = y.dim(0) * y.dim(1);
        long wanted = Math.max(1, Math.min(height * outWidth() / LEAST_PIXELS, (ENOUGH_TASKS + frames - 1) / frames));
        long blocks = Math.max((height + most - 1) / most, Math.min(height, wanted));
        return (height + blocks - 1) / blocks;
    }

    long in() {
        return x.dim(4);
    }

    long out() {
        return y.dim(4);
    }

    long kernelFrames() {
        return weight.dim(2);
    }

    long outWidth() {
        return y.dim(3);
    }

    /** Columns of the slab. */
    long inWidth() {
        return pointwise() ? outWidth() : x.dim(3);
    }

    boolean pointwise() {
        return PackedWeights.isPointwise(weight, geometry.groups());
    }

    /** Rows of the slab that {@code outRows} output rows read. */
    long inRows(long outRows) {
        return pointwise() ? outRows : (outRows - 1) * geometry.stride() + weight.dim(3);
    }

    private long blocks() {
        return (y.dim(2) + rows - 1) / rows;
    }

    long lastRows() {
        return y.dim(2) - (blocks() - 1) * rows;
    }

    long tasks() {
        return y.dim(0) * y.dim(1) * blocks();
    }

    long outElements(long outRows) {
        return outRows * outWidth() * out();
    }

    /** Whether output pixel i reads input pixel i alone. */
    boolean isWholeInput() {
        FrameTaps taps = geometry.taps();
        boolean same = x.dim(1) == y.dim(1) && x.dim(2) == y.dim(2) && x.dim(3) == y.dim(3) && isUnpadded();
        for (int t = 0; same && t < taps.outputs(); t++) {
            same = taps.source(t, 0) == t;
        }
        return same;
    }

    private boolean isUnpadded() {
        return geometry.stride() == 1 && geometry.left() == 0 && geometry.top() == 0;
    }

    Block block(long task) {
        long frame = task / blocks();
        long y0 = task % blocks() * rows;
        long batch = frame / y.dim(1);
        int t = (int) (frame % y.dim(1));
        return new Block(batch, t, y0, Math.min(rows, y.dim(2) - y0), (frame * y.dim(2) + y0) * outWidth() * out());
    }

    /** Address of the block's slab {@code [kernelFrames, inRows, inWidth, in]} in {@code kernel}. */
    long gather(Worker worker, Block block, long xAddress, DType dtype, DType kernel) {
        long height = inRows(block.rows);
        long first = block.y * geometry.stride() - geometry.top();
        if (dtype == kernel && isContiguous(block, first, height)) {
            return xAddress + offset(block, geometry.taps().source(block.frame, 0), first) * dtype.bytes();
        }
        long frameElements = height * inWidth() * in();
        long slab = worker.scratch(Worker.Scratch.INPUT, kernelFrames() * frameElements * kernel.bytes());
        for (int k = 0; k < kernelFrames(); k++) {
            int source = geometry.taps().source(block.frame, k);
            long target = slab + k * frameElements * kernel.bytes();
            if (source == FrameTaps.ZERO) {
                worker.zero(target, frameElements * kernel.bytes());
            } else if (pointwise() && !(isUnpadded() && geometry.right() == 0)) {
                pixels(worker, block, source, target, xAddress, dtype, kernel);
            } else {
                rows(worker, block, source, first, height, target, xAddress, dtype, kernel);
            }
        }
        return slab;
    }

    private boolean isContiguous(Block block, long first, long height) {
        boolean whole = first >= 0 && first + height <= x.dim(2) && (kernelFrames() == 1 || height == x.dim(2));
        if (pointwise() && !(isUnpadded() && geometry.right() == 0)) {
            return false;
        }
        FrameTaps taps = geometry.taps();
        int source = taps.source(block.frame, 0);
        boolean consecutive = source != FrameTaps.ZERO;
        for (int k = 1; whole && consecutive && k < kernelFrames(); k++) {
            consecutive = taps.source(block.frame, k) == source + k;
        }
        return whole && consecutive;
    }

    private long offset(Block block, int frame, long row) {
        return ((block.batch * x.dim(1) + frame) * x.dim(2) + row) * x.dim(3) * in();
    }

    private void rows(
            Worker worker,
            Block block,
            int frame,
            long first,
            long height,
            long target,
            long xAddress,
            DType dtype,
            DType kernel) {
        long rowBytes = inWidth() * in() * kernel.bytes();
        long from = Math.max(0, first);
        long to = Math.max(from, Math.min(x.dim(2), first + height));
        long above = Math.min(height, from - first);
        worker.zero(target, above * rowBytes);
        worker.convert(
                dtype,
                xAddress + offset(block, frame, from) * dtype.bytes(),
                kernel,
                target + above * rowBytes,
                (to - from) * inWidth() * in());
        worker.zero(target + (above + to - from) * rowBytes, (height - above - (to - from)) * rowBytes);
    }

    /** One tap with a stride or padding: pixel by pixel, rare and small. */
    private void pixels(Worker worker, Block block, int frame, long target, long xAddress, DType dtype, DType kernel) {
        long pixelBytes = in() * kernel.bytes();
        for (long p = 0; p < block.rows * outWidth(); p++) {
            long row = (block.y + p / outWidth()) * geometry.stride() - geometry.top();
            long column = p % outWidth() * geometry.stride() - geometry.left();
            boolean inside = row >= 0 && row < x.dim(2) && column >= 0 && column < x.dim(3);
            if (inside) {
                long source = offset(block, frame, row) + column * in();
                worker.convert(dtype, xAddress + source * dtype.bytes(), kernel, target + p * pixelBytes, in());
            } else {
                worker.zero(target + p * pixelBytes, pixelBytes);
            }
        }
    }
}
