package io.fsvideo.cpu;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Operations that only move elements, each one or more strided copies. */
final class Layouts {
    private final StridedCopy copies;

    Layouts(Context context) {
        copies = new StridedCopy(context);
    }

    private static long[] dense(Shape shape) {
        long[] steps = new long[shape.rank()];
        long step = 1;
        for (int i = steps.length - 1; i >= 0; i--) {
            steps[i] = step;
            step *= shape.dim(i);
        }
        return steps;
    }

    void permute(Tensor out, Tensor x, int[] axes) {
        long[] source = dense(x.shape());
        long[] from = new long[axes.length];
        for (int i = 0; i < axes.length; i++) {
            from[i] = source[axes[i]];
        }
        copies.run(x.dtype(), out.shape().toArray(), from, dense(out.shape()), x.address(), out.address());
    }

    void concat(Tensor out, List<Tensor> parts, int axis) {
        long[] to = dense(out.shape());
        long target = out.address();
        for (Tensor part : parts) {
            copies.run(out.dtype(), part.shape().toArray(), dense(part.shape()), to, part.address(), target);
            target += part.dim(axis) * to[axis] * out.dtype().bytes();
        }
    }

    void slice(Tensor out, Tensor x, int axis, long from) {
        long[] steps = dense(x.shape());
        long source = x.address() + from * steps[axis] * x.dtype().bytes();
        copies.run(x.dtype(), out.shape().toArray(), steps, dense(out.shape()), source, out.address());
    }

    void pixelShuffle(Tensor out, Tensor x) {
        Blocks blocks = Blocks.of(x, out);
        long[] dims = blocks.timeSpaceOrder();
        copies.run(x.dtype(), dims, blocks.channelSteps(), dense(Shape.of(dims)), x.address(), out.address());
    }

    void pixelUnshuffle(Tensor out, Tensor x) {
        Blocks blocks = Blocks.of(out, x);
        int[] order = {0, 1, 3, 5, 7, 2, 4, 6};
        long[] from = dense(Shape.of(blocks.timeSpaceOrder()));
        copies.run(
                x.dtype(),
                picked(blocks.timeSpaceOrder(), order),
                picked(from, order),
                picked(blocks.channelSteps(), order),
                x.address(),
                out.address());
    }

    private static long[] picked(long[] values, int[] order) {
        long[] result = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            result[i] = values[order[i]];
        }
        return result;
    }

    /**
     * Both forms as eight axes: batch, frames, block frame, height, block row, width, block column, channels.
     *
     * @param packed the form with blocks in its channels
     */
    private record Blocks(Shape packed, long frames, long side) {
        static Blocks of(Tensor packed, Tensor spread) {
            long side = packed.dim(2) == 0 ? 1 : spread.dim(2) / packed.dim(2);
            return new Blocks(packed.shape(), packed.dim(1) == 0 ? 1 : spread.dim(1) / packed.dim(1), side);
        }

        private long block() {
            return frames * side * side;
        }

        long[] timeSpaceOrder() {
            return new long[] {
                packed.dim(0), packed.dim(1), frames, packed.dim(2), side, packed.dim(3), side, packed.dim(4) / block()
            };
        }

        /** Steps of {@link #timeSpaceOrder} in the packed form. */
        long[] channelSteps() {
            long[] steps = dense(packed);
            return new long[] {steps[0], steps[1], side * side, steps[2], side, steps[3], 1, block()};
        }
    }
}
