package io.fsvideo.tensor;

import java.util.List;

/** Checked normalisations of an {@link Arena}; mathematics in {@link Ops}. */
public sealed interface NormOps permits Arena {
    Tensor alloc(String name, DType dtype, Shape shape);

    Ops ops();

    /** RMS norm over channels, the last axis; {@code weight}, {@code bias} {@code [channels]} F32 or null. */
    default Tensor pixelNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        Tensor out = result("pixelNorm", x, eps, x.dtype());
        Check.vector("pixelNorm", "weight", weight, x.dim(-1));
        Check.vector("pixelNorm", "bias", bias, x.dim(-1));
        ops().pixelNorm(out, x, weight, bias, eps);
        return out;
    }

    /** RMS norm over the last axis; {@code weight} {@code [dim]} F32. */
    default Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
        Check.vector("rmsNorm", "weight", weight, x.dim(-1));
        Tensor out = result("rmsNorm", x, eps, x.dtype());
        ops().rmsNorm(out, x, weight, eps);
        return out;
    }

    /** Sum of squares over the last axis: {@code [..., dim] -> [..., 1]} F32. */
    default Tensor sumOfSquares(Tensor x) {
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
    default Tensor rmsScale(Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        Check.vector("rmsScale", "weight", weight, x.dim(-1));
        Check.plain("rmsScale", "squares", squares);
        Check.dtype("rmsScale", "squares", squares, DType.F32);
        Check.shape("rmsScale", "squares", squares, x.shape().with(-1, 1).toArray());
        if (width < x.dim(-1) || width < 1) {
            throw Check.fail("rmsScale", "width", "at least " + Math.max(1, x.dim(-1)), width);
        }
        Tensor out = result("rmsScale", x, eps, x.dtype());
        ops().rmsScale(out, x, squares, weight, width, eps);
        return out;
    }

    /** Layer norm over the last axis; {@code weight}, {@code bias} {@code [dim]} F32 or both null. */
    default Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        return layerNorm(x, weight, bias, eps, x.dtype());
    }

    /** As {@link #layerNorm(Tensor, Tensor, Tensor, float)} in {@code dtype}, which is {@code x}'s, or BF16 of F32. */
    default Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, DType dtype) {
        Check.vector("layerNorm", "weight", weight, x.dim(-1));
        Check.vector("layerNorm", "bias", bias, x.dim(-1));
        if ((weight == null) != (bias == null)) {
            throw Check.fail(
                    "layerNorm", "weight and bias", "both given or both absent", weight == null ? bias : weight);
        }
        Tensor out = result("layerNorm", x, eps, dtype);
        ops().layerNorm(out, x, weight, bias, eps);
        return out;
    }

    /**
     * {@code layerNorm(x) (1 + scale) + shift}.
     *
     * @param x {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32, as is {@code scale}
     */
    default Tensor modulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps) {
        return modulatedNorm(x, shift, scale, eps, x.dtype());
    }

    /** As {@link #modulatedNorm(Tensor, Tensor, Tensor, float)} in {@code dtype}, which is {@code x}'s, or BF16 of F32. */
    default Tensor modulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps, DType dtype) {
        Check.rank("modulatedNorm", "x", x, 3);
        Check.perBatch("modulatedNorm", "shift", shift, x);
        Check.perBatch("modulatedNorm", "scale", scale, x);
        Tensor out = result("modulatedNorm", x, eps, dtype);
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
    default Tensor qkNormRope(Tensor x, Tensor weight, Tensor table, float eps) {
        Check.rope("qkNormRope", x, table);
        Check.plain("qkNormRope", "weight", weight);
        Check.vector("qkNormRope", "weight", weight, x.dim(2) * x.dim(3));
        Tensor out = result("qkNormRope", x, eps, x.dtype());
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
    default Tensor layerMixNorm(
            Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps, DType dtype) {
        Check.mixture("layerMixNorm", logits, states);
        Tensor first = states.get(0);
        Check.perBatch("layerMixNorm", "shift", shift, first);
        Check.perBatch("layerMixNorm", "scale", scale, first);
        Tensor out = result("layerMixNorm", first, eps, dtype);
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
    default Tensor gatedAdd(Tensor x, Tensor gate, Tensor y) {
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

    private Tensor result(String op, Tensor x, float eps, DType dtype) {
        Check.compute(op, "x", x);
        Check.noWider(op, "dtype", dtype, x);
        Check.positive(op, "eps", eps);
        return alloc(op, dtype, x.shape());
    }
}
