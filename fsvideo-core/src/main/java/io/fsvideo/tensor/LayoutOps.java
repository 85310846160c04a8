package io.fsvideo.tensor;

import java.util.Arrays;
import java.util.List;

/** Checked data movement of an {@link Arena}; mathematics in {@link Ops}. */
public sealed interface LayoutOps permits Arena {
    Tensor alloc(String name, DType dtype, Shape shape);

    Ops ops();

    /** Reorders axes: result axis i is {@code x}'s axis {@code axes[i]}. */
    default Tensor permute(Tensor x, int... axes) {
        Check.plain("permute", "x", x);
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        long[] dims = new long[axes.length];
        for (int i = 0; i < axes.length; i++) {
            if (axes.length != x.rank() || sorted[i] != i) {
                throw Check.fail("permute", "axes", "a permutation of 0.." + (x.rank() - 1), Arrays.toString(axes));
            }
            dims[i] = x.dim(axes[i]);
        }
        Tensor out = alloc("permute", x.dtype(), Shape.of(dims));
        ops().permute(out, x, axes.clone());
        return out;
    }

    /** Joins {@code parts} along {@code axis}. */
    default Tensor concat(int axis, List<Tensor> parts) {
        if (parts.isEmpty()) {
            throw Check.fail("concat", "parts", "at least one", parts);
        }
        Tensor first = parts.get(0);
        int index = first.shape().axis(axis);
        long size = 0;
        for (Tensor part : parts) {
            Check.plain("concat", "part", part);
            Check.dtype("concat", "part", part, first.dtype());
            Check.rank("concat", "part", part, first.rank());
            Check.shape(
                    "concat",
                    "part",
                    part,
                    first.shape().with(index, part.dim(index)).toArray());
            size += part.dim(index);
        }
        Tensor out = alloc("concat", first.dtype(), first.shape().with(index, size));
        ops().concat(out, parts, index);
        return out;
    }

    /** Entries {@code from .. to - 1} along {@code axis}. */
    default Tensor slice(Tensor x, int axis, long from, long to) {
        Check.plain("slice", "x", x);
        if (from < 0 || to < from || to > x.dim(axis)) {
            throw Check.fail(
                    "slice",
                    "range",
                    "within 0.." + x.dim(axis) + " along axis " + axis,
                    from + ".." + to + " of " + x);
        }
        Tensor out = alloc("slice", x.dtype(), x.shape().with(axis, to - from));
        ops().slice(out, x, x.shape().axis(axis), from);
        return out;
    }

    /** Channels to time and space: {@code [b, t, h, w, c frames side^2] -> [b, t frames, h side, w side, c]}. */
    default Tensor pixelShuffle3d(Tensor x, int frames, int side) {
        Check.compute("pixelShuffle3d", "x", x);
        Check.rank("pixelShuffle3d", "x", x, 5);
        checkFactors("pixelShuffle3d", frames, side);
        long block = (long) frames * side * side;
        Check.rule(x.dim(4) % block == 0, "pixelShuffle3d", "x", "a multiple of " + block + " channels", x);
        Tensor out = alloc(
                "pixelShuffle3d",
                x.dtype(),
                Shape.of(x.dim(0), x.dim(1) * frames, x.dim(2) * side, x.dim(3) * side, x.dim(4) / block));
        ops().pixelShuffle3d(out, x);
        return out;
    }

    /** Time and space to channels, the inverse of {@link #pixelShuffle3d}. */
    default Tensor pixelUnshuffle3d(Tensor x, int frames, int side) {
        Check.compute("pixelUnshuffle3d", "x", x);
        Check.rank("pixelUnshuffle3d", "x", x, 5);
        checkFactors("pixelUnshuffle3d", frames, side);
        Check.rule(
                x.dim(1) % frames == 0 && x.dim(2) % side == 0 && x.dim(3) % side == 0,
                "pixelUnshuffle3d",
                "x",
                "a multiple of " + frames + " frames and of " + side + " rows and columns",
                x);
        Tensor out = alloc(
                "pixelUnshuffle3d",
                x.dtype(),
                Shape.of(
                        x.dim(0),
                        x.dim(1) / frames,
                        x.dim(2) / side,
                        x.dim(3) / side,
                        x.dim(4) * frames * side * side));
        ops().pixelUnshuffle3d(out, x);
        return out;
    }

    private static void checkFactors(String op, int frames, int side) {
        if (frames < 1 || side < 1) {
            throw Check.fail(op, "frames and side", ">= 1", frames + " and " + side);
        }
    }

    /** Mean over groups of consecutive channels down to {@code channels}. */
    default Tensor channelAverage(Tensor x, long channels) {
        Check.compute("channelAverage", "x", x);
        Check.rule(
                channels > 0 && x.dim(-1) % channels == 0,
                "channelAverage",
                "x",
                "a multiple of " + channels + " channels",
                x);
        Tensor out = alloc("channelAverage", x.dtype(), x.shape().with(-1, channels));
        ops().channelAverage(out, x);
        return out;
    }

    /** Every channel repeated up to {@code channels}: {@code c0 c0 .. c1 c1 ..}. */
    default Tensor channelDuplicate(Tensor x, long channels) {
        Check.compute("channelDuplicate", "x", x);
        Check.rule(
                x.dim(-1) > 0 && channels % x.dim(-1) == 0,
                "channelDuplicate",
                "x",
                "a divisor of " + channels + " channels",
                x);
        Tensor out = alloc("channelDuplicate", x.dtype(), x.shape().with(-1, channels));
        ops().channelDuplicate(out, x);
        return out;
    }

    /** Resamples {@code [batch, frames, height, width, channels]} to another height and width. */
    default Tensor resize(Tensor x, long height, long width, Resampling resampling) {
        Check.compute("resize", "x", x);
        Check.rank("resize", "x", x, 5);
        Check.rule(
                x.dim(2) > 0 && x.dim(3) > 0 && height > 0 && width > 0,
                "resize",
                "x",
                "non-empty, to a non-empty size",
                x);
        Tensor out = alloc("resize", x.dtype(), Shape.of(x.dim(0), x.dim(1), height, width, x.dim(4)));
        ops().resize(out, x, resampling);
        return out;
    }
}
