package io.fsvideo.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * The operations of an {@link Arena}. Each checks its arguments once for all backends, and only then allocates the result and
 * calls the backend's {@link Ops}, where the mathematics is.
 */
abstract class ArenaOps {
    /** A plain tensor with undefined contents. */
    public abstract Tensor alloc(String name, DType dtype, Shape shape);

    /** The backend's operations, which check nothing. */
    abstract Ops ops();

    // Matrix products, attention and convolution.

    /**
     * {@code activation(x weight^T + bias)}.
     *
     * @param x {@code [..., in]}
     * @param weight {@code [out, in]}, {@link Layout#LINEAR}
     * @param bias {@code [out]} F32 or null
     * @return {@code [..., out]}
     */
    public Tensor linear(Tensor x, Tensor weight, Tensor bias, Activation activation) {
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
    public void linearInto(Tensor out, Tensor x, Tensor weight, Tensor bias) {
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
    public Tensor linearGatedAdd(Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
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
    public Tensor attention(Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
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
    public Tensor linearAttention(Tensor q, Tensor k, Tensor v, float eps) {
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
    public Tensor conv3d(Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
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

    // Normalisations and residual sums.

    /** RMS norm over channels, the last axis; {@code weight}, {@code bias} {@code [channels]} F32 or null. */
    public Tensor pixelNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        checkNorm("pixelNorm", x, eps, x.dtype());
        Check.vector("pixelNorm", "weight", weight, x.dim(-1));
        Check.vector("pixelNorm", "bias", bias, x.dim(-1));
        Tensor out = alloc("pixelNorm", x.dtype(), x.shape());
        ops().pixelNorm(out, x, weight, bias, eps);
        return out;
    }

    /** RMS norm over the last axis; {@code weight} {@code [dim]} F32. */
    public Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
        checkNorm("rmsNorm", x, eps, x.dtype());
        Check.vector("rmsNorm", "weight", weight, x.dim(-1));
        Tensor out = alloc("rmsNorm", x.dtype(), x.shape());
        ops().rmsNorm(out, x, weight, eps);
        return out;
    }

    /** Sum of squares over the last axis: {@code [..., dim] -> [..., 1]} F32. */
    public Tensor sumOfSquares(Tensor x) {
        Check.compute("sumOfSquares", "x", x);
        Tensor out = alloc("sumOfSquares", DType.F32, x.shape().with(-1, 1));
        ops().sumOfSquares(out, x);
        return out;
    }

    /**
     * RMS norm of a part of rows, given the sums of squares of the whole ones.
     *
     * @param x {@code [..., dim]}
     * @param squares {@code [..., 1]} F32
     * @param weight {@code [dim]} F32
     * @param width elements of a whole row
     */
    public Tensor rmsScale(Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        checkNorm("rmsScale", x, eps, x.dtype());
        Check.vector("rmsScale", "weight", weight, x.dim(-1));
        Check.plain("rmsScale", "squares", squares);
        Check.dtype("rmsScale", "squares", squares, DType.F32);
        Check.shape("rmsScale", "squares", squares, x.shape().with(-1, 1).toArray());
        if (width < x.dim(-1) || width < 1) {
            throw Check.fail("rmsScale", "width", "at least " + Math.max(1, x.dim(-1)), width);
        }
        Tensor out = alloc("rmsScale", x.dtype(), x.shape());
        ops().rmsScale(out, x, squares, weight, width, eps);
        return out;
    }

    /** Layer norm over the last axis; {@code weight}, {@code bias} {@code [dim]} F32 or both null. */
    public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        return layerNorm(x, weight, bias, eps, x.dtype());
    }

    /**
     * Does what {@link #layerNorm(Tensor, Tensor, Tensor, float)} does, with a result in {@code dtype}, which is
     * {@code x}'s, or BF16 for F32.
     */
    public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, DType dtype) {
        checkNorm("layerNorm", x, eps, dtype);
        Check.vector("layerNorm", "weight", weight, x.dim(-1));
        Check.vector("layerNorm", "bias", bias, x.dim(-1));
        if ((weight == null) != (bias == null)) {
            throw Check.fail(
                    "layerNorm", "weight and bias", "both given or both absent", weight == null ? bias : weight);
        }
        Tensor out = alloc("layerNorm", dtype, x.shape());
        ops().layerNorm(out, x, weight, bias, eps);
        return out;
    }

    /**
     * {@code layerNorm(x) (1 + scale) + shift}.
     *
     * @param x {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32, as is {@code scale}
     */
    public Tensor modulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps) {
        return modulatedNorm(x, shift, scale, eps, x.dtype());
    }

    /**
     * Does what {@link #modulatedNorm(Tensor, Tensor, Tensor, float)} does, with a result in {@code dtype}, which is
     * {@code x}'s, or BF16 for F32.
     */
    public Tensor modulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps, DType dtype) {
        checkNorm("modulatedNorm", x, eps, dtype);
        Check.rank("modulatedNorm", "x", x, 3);
        Check.perBatch("modulatedNorm", "shift", shift, x);
        Check.perBatch("modulatedNorm", "scale", scale, x);
        Tensor out = alloc("modulatedNorm", dtype, x.shape());
        ops().modulatedNorm(out, x, shift, scale, eps);
        return out;
    }

    /**
     * RMS norm over heads and channels together, then rotary position embedding: queries or keys of self-attention.
     *
     * @param x {@code [batch, tokens, heads, headDim]}
     * @param weight {@code [heads headDim]} F32
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32, cos then sin
     */
    public Tensor qkNormRope(Tensor x, Tensor weight, Tensor table, float eps) {
        checkNorm("qkNormRope", x, eps, x.dtype());
        Check.rope("qkNormRope", x, table);
        Check.plain("qkNormRope", "weight", weight);
        Check.vector("qkNormRope", "weight", weight, x.dim(2) * x.dim(3));
        Tensor out = alloc("qkNormRope", x.dtype(), x.shape());
        ops().qkNormRope(out, x, weight, table, eps);
        return out;
    }

    /**
     * {@code modulatedNorm} of the states' softmax-weighted sum per token, which is never stored.
     *
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32, as is {@code scale}
     * @param dtype of the result: the states', or BF16 of F32
     */
    public Tensor layerMixNorm(Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps, DType dtype) {
        Check.mixture("layerMixNorm", logits, states);
        Tensor first = states.get(0);
        checkNorm("layerMixNorm", first, eps, dtype);
        Check.perBatch("layerMixNorm", "shift", shift, first);
        Check.perBatch("layerMixNorm", "scale", scale, first);
        Tensor out = alloc("layerMixNorm", dtype, first.shape());
        ops().layerMixNorm(out, logits, states, shift, scale, eps);
        return out;
    }

    /**
     * {@code x + gate y}.
     *
     * @param x {@code [batch, tokens, dim]}
     * @param gate {@code [batch, dim]} F32, or null for 1
     * @param y as {@code x}, or BF16 where {@code x} is F32
     */
    public Tensor gatedAdd(Tensor x, Tensor gate, Tensor y) {
        Check.compute("gatedAdd", "x", x);
        Check.compute("gatedAdd", "y", y);
        Check.rank("gatedAdd", "x", x, 3);
        Check.shape("gatedAdd", "y", y, x.shape().toArray());
        Check.noWider("gatedAdd", "y", y.dtype(), x);
        if (gate != null) {
            Check.perBatch("gatedAdd", "gate", gate, x);
        }
        Tensor out = alloc("gatedAdd", x.dtype(), x.shape());
        ops().gatedAdd(out, x, gate, y);
        return out;
    }

    private static void checkNorm(String op, Tensor x, float eps, DType dtype) {
        Check.compute(op, "x", x);
        Check.noWider(op, "dtype", dtype, x);
        Check.positive(op, "eps", eps);
    }

    // Element-wise operations.

    /** {@code a + b}; {@code b} has {@code a}'s rank and each dimension equal or 1. */
    public Tensor add(Tensor a, Tensor b) {
        checkBroadcast("add", a, b);
        Tensor out = alloc("add", a.dtype(), a.shape());
        ops().add(out, a, b);
        return out;
    }

    /** {@code a b}; {@code b} as in {@link #add}. */
    public Tensor mul(Tensor a, Tensor b) {
        checkBroadcast("mul", a, b);
        Tensor out = alloc("mul", a.dtype(), a.shape());
        ops().mul(out, a, b);
        return out;
    }

    private static void checkBroadcast(String op, Tensor a, Tensor b) {
        Check.compute(op, "a", a);
        Check.compute(op, "b", b);
        Check.dtype(op, "b", b, a.dtype());
        Check.rank(op, "b", b, a.rank());
        for (int i = 0; i < a.rank(); i++) {
            Check.rule(b.dim(i) == a.dim(i) || b.dim(i) == 1, op, "b", "broadcastable to " + a, b);
        }
    }

    /** {@code sum_i weights_i terms_i}, in list order. */
    public Tensor weightedSum(float[] weights, List<Tensor> terms) {
        if (terms.isEmpty() || weights.length != terms.size()) {
            throw Check.fail(
                    "weightedSum", "weights", "one per term and at least one", weights.length + " for " + terms);
        }
        Tensor first = terms.get(0);
        for (Tensor term : terms) {
            Check.compute("weightedSum", "term", term);
            Check.shape("weightedSum", "term", term, first.shape().toArray());
            Check.dtype("weightedSum", "term", term, first.dtype());
        }
        Tensor out = alloc("weightedSum", first.dtype(), first.shape());
        ops().weightedSum(out, weights, terms);
        return out;
    }

    /** {@code activation(x)}. */
    public Tensor activation(Tensor x, Activation activation) {
        Check.compute("activation", "x", x);
        Tensor out = alloc("activation", x.dtype(), x.shape());
        ops().activation(out, x, activation);
        return out;
    }

    /** First half of the last axis times SiLU of the second half: {@code [..., 2 c] -> [..., c]}. */
    public Tensor gluSilu(Tensor x) {
        Check.compute("gluSilu", "x", x);
        Check.rule(x.dim(-1) % 2 == 0, "gluSilu", "x", "even along the last axis", x);
        Tensor out = alloc("gluSilu", x.dtype(), x.shape().with(-1, x.dim(-1) / 2));
        ops().gluSilu(out, x);
        return out;
    }

    /** Softmax over the last axis. */
    public Tensor softmax(Tensor x) {
        Check.compute("softmax", "x", x);
        Tensor out = alloc("softmax", x.dtype(), x.shape());
        ops().softmax(out, x);
        return out;
    }

    /**
     * Softmax-weighted sum of states per token.
     *
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     */
    public Tensor layerMix(Tensor logits, List<Tensor> states) {
        Check.mixture("layerMix", logits, states);
        Tensor first = states.get(0);
        Tensor out = alloc("layerMix", first.dtype(), first.shape());
        ops().layerMix(out, logits, states);
        return out;
    }

    /**
     * Rotary position embedding on interleaved pairs.
     *
     * @param x {@code [batch, tokens, heads, headDim]}
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32, cos then sin
     */
    public Tensor rope(Tensor x, Tensor table) {
        Check.rope("rope", x, table);
        Tensor out = alloc("rope", x.dtype(), x.shape());
        ops().rope(out, x, table);
        return out;
    }

    /** Rows of {@code table} {@code [rows, dim]} picked by {@code ids} {@code [...]} I32: {@code [..., dim]}. */
    public Tensor embedding(Tensor ids, Tensor table) {
        Check.plain("embedding", "ids", ids);
        Check.dtype("embedding", "ids", ids, DType.I32);
        Check.compute("embedding", "table", table);
        Check.rank("embedding", "table", table, 2);
        long[] dims = Arrays.copyOf(ids.shape().toArray(), ids.rank() + 1);
        dims[ids.rank()] = table.dim(1);
        Tensor out = alloc("embedding", table.dtype(), Shape.of(dims));
        ops().embedding(out, ids, table);
        return out;
    }

    /** {@code x} in another dtype; {@code x} itself when it already has it. */
    public Tensor cast(Tensor x, DType dtype) {
        Check.plain("cast", "x", x);
        if (x.dtype() == dtype) {
            return x;
        }
        boolean integer = x.dtype() == DType.I32 || x.dtype() == DType.U8;
        if (dtype == DType.I32 || dtype == DType.U8 || (integer && dtype != DType.F32)) {
            throw Check.fail("cast", "dtype", "a float type (F32 from integers)", dtype + " for " + x);
        }
        Tensor out = alloc("cast", dtype, x.shape());
        ops().cast(out, x);
        return out;
    }

    /** A tensor of {@code value}s. */
    public Tensor fill(DType dtype, float value, long... dims) {
        Tensor out = alloc("fill", dtype, Shape.of(dims));
        ops().fill(out, value);
        return out;
    }

    /** Standard normal noise: element i is {@link PhiloxNormal#value}{@code (seed, stream, i)}. */
    public Tensor noise(DType dtype, long seed, int stream, long... dims) {
        if (!dtype.isCompute()) {
            throw Check.fail("noise", "dtype", "F32 or BF16", dtype);
        }
        Tensor out = alloc("noise", dtype, Shape.of(dims));
        ops().noise(out, seed, stream);
        return out;
    }

    // Data movement.

    /** Reorders axes: result axis i is {@code x}'s axis {@code axes[i]}. */
    public Tensor permute(Tensor x, int... axes) {
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
    public Tensor concat(int axis, List<Tensor> parts) {
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
    public Tensor slice(Tensor x, int axis, long from, long to) {
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
    public Tensor pixelShuffle3d(Tensor x, int frames, int side) {
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
    public Tensor pixelUnshuffle3d(Tensor x, int frames, int side) {
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
    public Tensor channelAverage(Tensor x, long channels) {
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
    public Tensor channelDuplicate(Tensor x, long channels) {
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
    public Tensor resize(Tensor x, long height, long width, Resampling resampling) {
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
