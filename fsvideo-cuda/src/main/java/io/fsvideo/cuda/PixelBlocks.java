package io.fsvideo.cuda;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/** The sizes that {@code pixel_blocks.cuh} takes: pixels packed into channels on one side, spread out on the other. */
final class PixelBlocks {
    private static final int BLOCK = 256;
    private static final int BLOCKS_PER_PROCESSOR = 8;
    private static final int CAPACITY = 4096;

    private final String op;
    private final int processors;

    PixelBlocks(String op, Device device) {
        this.op = op;
        processors = device.report().processors();
    }

    void run(TypedLaunch kernel, Tensor out, Tensor x, Tensor packed, Tensor spread) {
        long frames = spread.dim(1) / packed.dim(1);
        long side = spread.dim(2) / packed.dim(2);
        if (frames * side * side > CAPACITY) {
            throw new ShapeException(op + ": frames * side * side must be at most " + CAPACITY + ", got " + frames
                    + " and " + side + " for " + x);
        }
        long planes = packed.dim(0) * packed.dim(1);
        kernel.begin(x)
                .grid(Math.min(planes * packed.dim(2) * packed.dim(3), (long) BLOCKS_PER_PROCESSOR * processors))
                .block(BLOCK)
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
}
