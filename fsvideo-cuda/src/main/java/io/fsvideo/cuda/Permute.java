package io.fsvideo.cuda;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;

/**
 * Launches {@code permute.cu}. Axes of size 1 are dropped and neighbours that stay together are one; then either whole runs move, or
 * tiles are transposed. What has more axes than the kernel takes is launched once per entry of its outermost axis.
 */
final class Permute {
    private static final int ROW_AXES = 5;
    private static final int TILE_AXES = 6;
    private static final int CHUNK = 16;
    private static final int TILE = 32;

    private final Launch rows;
    private final Launch[] tiles;
    private final long[] rowSizes = new long[ROW_AXES];
    private final long[] rowStrides = new long[ROW_AXES];
    private final long[] tileSizes = new long[TILE_AXES];
    private final long[] tileStrides = new long[TILE_AXES];

    Permute(Device device) {
        Kernels kernels = device.kernels();
        rows = kernels.entry("permute", "permute_rows");
        tiles = new Launch[] {
            kernels.entry("permute", "permute_b8"),
            kernels.entry("permute", "permute_b16"),
            kernels.entry("permute", "permute_b32")
        };
    }

    /** Sizes of the result's merged axes and the strides of {@code x} along them, in elements. */
    private record Axes(int count, long[] sizes, long[] strides) {
        boolean endsInRuns() {
            return count == 0 || strides[count - 1] == 1;
        }

        Axes inner() {
            return new Axes(count - 1, Arrays.copyOfRange(sizes, 1, count), Arrays.copyOfRange(strides, 1, count));
        }
    }

    void run(Tensor out, Tensor x, int[] axes) {
        int bytes = x.dtype().bytes();
        if (bytes != 1 && bytes != 2 && bytes != 4) {
            throw new ShapeException("permute: x must have elements of 1, 2 or 4 bytes, got " + x);
        }
        move(out.address(), x.address(), merged(x, axes), bytes);
    }

    private static Axes merged(Tensor x, int[] axes) {
        long[] xStrides = new long[x.rank()];
        long stride = 1;
        for (int axis = x.rank() - 1; axis >= 0; axis--) {
            xStrides[axis] = stride;
            stride *= x.dim(axis);
        }
        long[] sizes = new long[x.rank()];
        long[] strides = new long[x.rank()];
        int count = 0;
        for (int axis : axes) {
            long size = x.dim(axis);
            if (size == 1) {
                continue;
            }
            if (count > 0 && strides[count - 1] == size * xStrides[axis]) {
                sizes[count - 1] *= size;
                strides[count - 1] = xStrides[axis];
            } else {
                sizes[count] = size;
                strides[count++] = xStrides[axis];
            }
        }
        return new Axes(count, sizes, strides);
    }

    private void move(long out, long x, Axes axes, int bytes) {
        int most = axes.endsInRuns() ? ROW_AXES + 1 : TILE_AXES;
        if (axes.count > most) {
            Axes inner = axes.inner();
            long step = bytes;
            for (int i = 0; i < inner.count; i++) {
                step *= inner.sizes[i];
            }
            for (long i = 0; i < axes.sizes[0]; i++) {
                move(out + i * step, x + i * axes.strides[0] * bytes, inner, bytes);
            }
        } else if (axes.endsInRuns()) {
            moveRuns(out, x, axes, bytes);
        } else {
            transpose(out, x, axes, bytes);
        }
    }

    private void moveRuns(long out, long x, Axes axes, int bytes) {
        int outer = Math.max(0, axes.count - 1);
        long runBytes = axes.count == 0 ? bytes : axes.sizes[outer] * bytes;
        long count = pad(axes, outer, bytes, rowSizes, rowStrides);
        rows.begin()
                .threads(count * ((runBytes + CHUNK - 1) / CHUNK))
                .pointer(out)
                .pointer(x)
                .longs(rowSizes)
                .longs(rowStrides)
                .int64(runBytes)
                .run();
    }

    private void transpose(long out, long x, Axes axes, int bytes) {
        pad(axes, axes.count, 1, tileSizes, tileStrides);
        int contiguous = 0;
        for (int axis = 0; axis < TILE_AXES - 1; axis++) {
            contiguous = tileSizes[axis] > 1 && tileStrides[axis] == 1 ? axis : contiguous;
        }
        long grid = 1;
        for (int axis = 0; axis < TILE_AXES; axis++) {
            boolean tiled = axis == contiguous || axis == TILE_AXES - 1;
            grid *= tiled ? (tileSizes[axis] + TILE - 1) / TILE : tileSizes[axis];
        }
        tiles[Integer.numberOfTrailingZeros(bytes)]
                .begin()
                .grid(grid)
                .pointer(out)
                .pointer(x)
                .longs(tileSizes)
                .longs(tileStrides)
                .int32(contiguous)
                .run();
    }

    /** Puts the first {@code count} axes at the end of fixed arrays, ones before them; returns the product of their sizes. */
    private static long pad(Axes axes, int count, int unit, long[] sizes, long[] strides) {
        Arrays.fill(sizes, 1);
        Arrays.fill(strides, 0);
        long product = 1;
        for (int i = 0; i < count; i++) {
            sizes[sizes.length - count + i] = axes.sizes[i];
            strides[sizes.length - count + i] = axes.strides[i] * unit;
            product *= axes.sizes[i];
        }
        return product;
    }
}
