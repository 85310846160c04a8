package io.fsvideo.tensor;

import java.util.Arrays;

/** Checked matrix products, attention and convolution of an {@link Arena}; mathematics in {@link Ops}. */
public sealed interface MatrixOps permits Arena {
    Tensor alloc(String name, DType dtype, Shape shape);

    Ops ops();

    /**
     * {@code activation(x weight^T + bias)}.
     *
     * @param x {@code [..., in]}
     * @param weight {@code [out, in]}, {@link Layout#LINEAR}
     * @param bias {@code [out]} F32 or null
     * @return {@code [..., out]}
     */
    default Tensor linear(Tensor x, Tensor weight, Tensor bias, Activation activation) {
        checkLinear("linear", x, weight, bias);
        Tensor out = alloc("linear", x.dtype(), x.shape().with(-1, weight.dim(0)));
        ops().linear(out, x, weight, bias, activation);
        return out;
    }

    /**
     * {@link #linear} without activation into {@code out}, for results that are made piece by piece.
     *
     * @param out {@code [..., out]}, overwritten
     * @param x {@code [..., in]} of other memory
     */
    default void linearInto(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        checkLinear("linearInto", x, weight, bias);
        Check.plain("linearInto", "out", out);
        Check.dtype("linearInto", "out", out, x.dtype());
        Check.shape("linearInto", "out", out, x.shape().with(-1, weight.dim(0)).toArray());
        Check.rule(out.storage() != x.storage(), "linearInto", "out", "another tensor than x", out);
        ops().linear(out, x, weight, bias, Activation.NONE);
    }

    /**
     * {@code residual + gate (x weight^T + bias)}.
     *
     * @param x {@code [batch, tokens, in]}
     * @param weight {@code [out, in]}, {@link Layout#LINEAR}
     * @param bias {@code [out]} F32 or null
     * @param residual {@code [batch, tokens, out]} of {@code x}'s dtype, or F32
     * @param gate {@code [batch, out]} F32, or null for 1
     * @return as {@code residual}
     */
    default Tensor linearGatedAdd(Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
        checkLinear("linearGatedAdd", x, weight, bias);
        Check.rank("linearGatedAdd", "x", x, 3);
        Check.compute("linearGatedAdd", "residual", residual);
        Check.shape("linearGatedAdd", "residual", residual, x.dim(0), x.dim(1), weight.dim(0));
        Check.noWider("linearGatedAdd", "x", x.dtype(), residual);
        if (gate != null) {
            Check.perBatch("linearGatedAdd", "gate", gate, residual);
        }
        Tensor out = alloc("linearGatedAdd", residual.dtype(), residual.shape());
        ops().linearGatedAdd(out, x, weight, bias, residual, gate);
        return out;
    }

    private static void checkLinear(String op, Tensor x, Tensor weight, Tensor bias) {
        Check.compute(op, "x", x);
        weight.address();
        Check.rank(op, "weight", weight, 2);
        Check.rule(weight.layout().equals(Layout.LINEAR), op, "weight", "packed for LINEAR", weight);
        if (x.dim(-1) != weight.dim(1)) {
            throw Check.fail(op, "x", "[..., " + weight.dim(1) + "] for " + weight, x);
        }
        Check.vector(op, "bias", bias, weight.dim(0));
    }

    /**
     * Softmax attention per head.
     *
     * @param q {@code [batch, queries, heads, headDim]}
     * @param k {@code [batch, keys, heads, headDim]}
     * @param v as {@code k}
     * @param bias {@code [heads, queries, keys]} F32, finite, or null; -1e30 hides a key
     * @param keyLengths valid keys per batch entry, 1 .. keys, or null for all
     * @return as {@code q}
     */
    default Tensor attention(Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        checkQkv("attention", q, k, v);
        if (bias != null) {
            Check.plain("attention", "bias", bias);
            Check.dtype("attention", "bias", bias, DType.F32);
            Check.shape("attention", "bias", bias, q.dim(2), q.dim(1), k.dim(1));
        }
        if (k.dim(1) < 1) {
            throw Check.fail("attention", "k", "at least one key", k);
        }
        if (keyLengths != null && (keyLengths.length != q.dim(0) || !allWithin(keyLengths, k.dim(1)))) {
            throw Check.fail(
                    "attention", "keyLengths", q.dim(0) + " numbers in 1.." + k.dim(1), Arrays.toString(keyLengths));
        }
        Tensor out = alloc("attention", q.dtype(), q.shape());
        ops().attention(out, q, k, v, bias, keyLengths, scale);
        return out;
    }

    private static boolean allWithin(int[] lengths, long most) {
        return Arrays.stream(lengths).allMatch(n -> n >= 1 && n <= most);
    }

    /** ReLU linear attention; shapes as in {@link #attention}. */
    default Tensor linearAttention(Tensor q, Tensor k, Tensor v, float eps) {
        checkQkv("linearAttention", q, k, v);
        Check.positive("linearAttention", "eps", eps);
        Tensor out = alloc("linearAttention", q.dtype(), q.shape());
        ops().linearAttention(out, q, k, v, eps);
        return out;
    }

    private static void checkQkv(String op, Tensor q, Tensor k, Tensor v) {
        Check.compute(op, "q", q);
        Check.compute(op, "k", k);
        Check.compute(op, "v", v);
        Check.rank(op, "q", q, 4);
        Check.rank(op, "k", k, 4);
        Check.shape(op, "k", k, q.dim(0), k.dim(1), q.dim(2), q.dim(3));
        Check.shape(op, "v", v, k.shape().toArray());
        Check.dtype(op, "k", k, q.dtype());
        Check.dtype(op, "v", v, q.dtype());
    }

    /**
     * Convolution.
     *
     * @param x {@code [batch, frames, height, width, in]}
     * @param weight {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]}, {@link Layout#conv3d}
     * @param bias {@code [out]} F32 or null
     * @return {@code [batch, outFrames, outHeight, outWidth, out]}
     */
    default Tensor conv3d(Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        Check.compute("conv3d", "x", x);
        Check.rank("conv3d", "x", x, 5);
        weight.address();
        Check.rank("conv3d", "weight", weight, 5);
        Check.rule(
                weight.layout().equals(Layout.conv3d(geometry.groups())),
                "conv3d",
                "weight",
                "packed for CONV3D with " + geometry.groups() + " groups",
                weight);
        if (x.dim(4) != weight.dim(1) * geometry.groups() || weight.dim(0) % geometry.groups() != 0) {
            throw Check.fail(
                    "conv3d",
                    "x",
                    "[batch, frames, height, width, " + weight.dim(1) * geometry.groups() + "] for " + weight + " in "
                            + geometry.groups() + " groups",
                    x);
        }
        Check.vector("conv3d", "bias", bias, weight.dim(0));
        if (geometry.taps().kernel() != weight.dim(2) || geometry.taps().requiredFrames() > x.dim(1)) {
            throw Check.fail(
                    "conv3d",
                    "taps",
                    weight.dim(2) + " per frame within " + x.dim(1) + " frames",
                    geometry.taps() + " up to frame " + (geometry.taps().requiredFrames() - 1));
        }
        long height = geometry.outputHeight(x.dim(2), weight.dim(3));
        long width = geometry.outputWidth(x.dim(3), weight.dim(4));
        Check.rule(height >= 1 && width >= 1, "conv3d", "x", "at least as large as the kernel of " + weight, x);
        Tensor out =
                alloc("conv3d", x.dtype(), Shape.of(x.dim(0), geometry.taps().outputs(), height, width, weight.dim(0)));
        ops().conv3d(out, x, weight, bias, geometry, activation);
        return out;
    }
}
