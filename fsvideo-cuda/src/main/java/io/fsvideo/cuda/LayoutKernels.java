package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Launches of the kernels that move elements: joining, cutting, pixels and channels, resampling, rows of tables, and moves of raw memory.
 * Each method launches the {@code .cu} of its name; a thread takes 16 bytes unless said otherwise. {@link Permute} is on its own.
 */
final class LayoutKernels {
    private static final int CHUNK = 16;
    private static final int TILE = 32;
    private static final int BLOCKS_PER_PROCESSOR = 8;
    private static final int PIXEL_BLOCK_CAPACITY = 4096;

    private final Staging staging;
    private final int processors;
    private final Launch concat;
    private final Launch slice;
    private final Kernels.Typed pixelShuffle3d;
    private final Kernels.Typed pixelUnshuffle3d;
    private final Kernels.Typed channelAverage;
    private final Kernels.Typed channelDuplicate;
    private final Kernels.Typed nearest;
    private final Kernels.Typed bicubic;
    private final Launch embedding;
    private final Launch[] transposes;

    LayoutKernels(Kernels kernels, Staging staging, int processors) {
        this.staging = staging;
        this.processors = processors;
        concat = kernels.entry("concat", "concat");
        slice = kernels.entry("slice", "slice");
        pixelShuffle3d = kernels.typed("pixel_shuffle_3d");
        pixelUnshuffle3d = kernels.typed("pixel_unshuffle_3d");
        channelAverage = kernels.typed("channel_average");
        channelDuplicate = kernels.typed("channel_duplicate");
        nearest = kernels.typed("resize", "resize_nearest");
        bicubic = kernels.typed("resize", "resize_bicubic");
        embedding = kernels.entry("embedding", "embedding");
        transposes = new Launch[] {
            kernels.entry("permute", "permute_b8"),
            kernels.entry("permute", "permute_b16"),
            kernels.entry("permute", "permute_b32")
        };
    }

    /** Product of the dimensions before {@code axis}. */
    private static long outer(Tensor x, int axis) {
        long rows = 1;
        for (int i = 0; i < axis; i++) {
            rows *= x.dim(i);
        }
        return rows;
    }

    /** One launch per part. */
    void concat(Tensor out, List<Tensor> parts, int axis) {
        long rows = outer(out, axis);
        long pitch = out.bytes() / rows;
        long at = out.address();
        for (Tensor part : parts) {
            long rowBytes = part.bytes() / rows;
            place(at, pitch, part.address(), rowBytes, rows);
            at += rowBytes;
        }
    }

    void slice(Tensor out, Tensor x, int axis, long from) {
        long rows = outer(x, axis);
        long rowBytes = out.bytes() / rows;
        long entryBytes = rowBytes / out.dim(axis);
        take(out.address(), x.address() + from * entryBytes, x.dim(axis) * entryBytes, rowBytes, rows);
    }

    /** Copies {@code count} rows of {@code bytes}, dense at {@code source}, to rows {@code pitch} bytes apart. */
    void place(long target, long pitch, long source, long bytes, long count) {
        if (bytes > 0 && count > 0) {
            moveRows(concat, target, source, pitch, bytes, count);
        }
    }

    /** Copies the first {@code bytes} of {@code count} rows that are {@code pitch} bytes apart to dense rows at {@code target}. */
    void take(long target, long source, long pitch, long bytes, long count) {
        moveRows(slice, target, source, pitch, bytes, count);
    }

    private static void moveRows(Launch kernel, long target, long source, long pitch, long bytes, long count) {
        kernel.begin()
                .threads(count * ((bytes + CHUNK - 1) / CHUNK))
                .pointer(target)
                .pointer(source)
                .int64(pitch)
                .int64(bytes)
                .int64(count)
                .run();
    }

    void pixelShuffle3d(Tensor out, Tensor x) {
        movePixels("pixelShuffle3d", pixelShuffle3d, out, x, x, out);
    }

    void pixelUnshuffle3d(Tensor out, Tensor x) {
        movePixels("pixelUnshuffle3d", pixelUnshuffle3d, out, x, out, x);
    }

    /** Pixels are {@code packed} into channels on one side, {@code spread} out on the other. */
    private void movePixels(String op, Kernels.Typed kernel, Tensor out, Tensor x, Tensor packed, Tensor spread) {
        long frames = spread.dim(1) / packed.dim(1);
        long side = spread.dim(2) / packed.dim(2);
        if (frames * side * side > PIXEL_BLOCK_CAPACITY) {
            throw new ShapeException(op + ": frames * side * side must be at most " + PIXEL_BLOCK_CAPACITY + ", got "
                    + frames + " and " + side + " for " + x);
        }
        long planes = packed.dim(0) * packed.dim(1);
        kernel.begin(x)
                .grid(Math.min(planes * packed.dim(2) * packed.dim(3), (long) BLOCKS_PER_PROCESSOR * processors))
                .pointer(out)
                .pointer(x)
                .int64(planes)
                .int32(packed.dim(2))
                .int32(packed.dim(3))
                .int32(spread.dim(4))
                .int32(frames)
                .int32(side)
                .run();
    }

    void channelAverage(Tensor out, Tensor x) {
        ElementKernels.groups(channelAverage, out)
                .pointer(out)
                .pointer(x)
                .int32(x.dim(-1) / out.dim(-1))
                .int64(out.numel())
                .run();
    }

    void channelDuplicate(Tensor out, Tensor x) {
        ElementKernels.groups(channelDuplicate, out)
                .pointer(out)
                .pointer(x)
                .int32(out.dim(-1) / x.dim(-1))
                .int64(out.numel())
                .run();
    }

    /** A thread takes 16 bytes of a pixel's channels. */
    void resize(Tensor out, Tensor x, Resampling resampling) {
        int group = ElementKernels.group(x);
        long planes = x.dim(0) * x.dim(1);
        long channels = x.dim(4);
        (resampling == Resampling.NEAREST ? nearest : bicubic)
                .begin(x)
                .threads(planes * out.dim(2) * out.dim(3) * ((channels + group - 1) / group))
                .pointer(out)
                .pointer(x)
                .int64(planes)
                .int32(out.dim(2))
                .int32(out.dim(3))
                .int32(x.dim(2))
                .int32(x.dim(3))
                .int32(channels)
                .run();
    }

    /** One block per id. Ids are read back first, as a kernel cannot refuse a wrong one. */
    void embedding(Tensor out, Tensor ids, Tensor table) {
        requireRows(ids, table);
        embedding
                .begin()
                .grid(ids.numel())
                .pointer(out)
                .pointer(ids)
                .pointer(table)
                .int64(table.dim(1) * table.dtype().bytes())
                .int32(table.dim(0))
                .run();
    }

    private void requireRows(Tensor ids, Tensor table) {
        ByteBuffer rows = ByteBuffer.allocate(Math.toIntExact(ids.numel() * Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        staging.copyOut(rows, ids.address());
        rows.flip();
        while (rows.hasRemaining()) {
            int id = rows.getInt();
            if (id < 0 || id >= table.dim(0)) {
                throw new ShapeException("embedding: ids must be within 0.." + (table.dim(0) - 1) + " for " + table
                        + ", got " + id + " in " + ids);
            }
        }
    }

    /** Exchanges the last two axes of {@code [count, height, width]} by {@code permute.cu}. */
    void transpose(DType dtype, long target, long source, long count, long height, long width) {
        if (count * height * width > 0) {
            transposes[Integer.numberOfTrailingZeros(dtype.bytes())]
                    .begin()
                    .grid(count * ((height + TILE - 1) / TILE) * ((width + TILE - 1) / TILE))
                    .pointer(target)
                    .pointer(source)
                    .longs(new long[] {1, 1, 1, count, width, height})
                    .longs(new long[] {0, 0, 0, height * width, 1, width})
                    .int32(4)
                    .run();
        }
    }
}
