package io.fsvideo.tensor;

import java.util.List;

/**
 * What a backend computes. Destination first; shapes, dtypes and layouts are already checked by {@link Arena}; no method allocates
 * tensors or waits. {@code out} never aliases an input. All tensors are {@link Layout#PLAIN} and compute dtypes unless said otherwise;
 * {@code null} stands for an absent optional tensor. Sums and statistics are in F32 or better whatever the storage.
 */
public interface Ops {
    /** Copies plain {@code weight} into the backend's layout for {@code out.layout()}; dtypes may differ (converted). */
    void pack(Tensor out, Tensor weight);

    /**
     * {@code out = activation(x weight^T + bias)}.
     *
     * @param x {@code [..., in]}
     * @param weight {@code [out, in]}, layout {@link Layout#LINEAR}
     * @param bias {@code [out]} F32 or null
     */
    void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation);

    /**
     * {@code out = residual + gate (x weight^T + bias)}: a linear layer and the residual sum behind it.
     *
     * @param x {@code [batch, tokens, in]}
     * @param weight {@code [out, in]}, layout {@link Layout#LINEAR}
     * @param bias {@code [out]} F32 or null
     * @param residual {@code [batch, tokens, out]} of {@code out}'s dtype: {@code x}'s, or F32 where {@code x} is BF16
     * @param gate {@code [batch, out]} F32, or null for 1
     */
    void linearGatedAdd(Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate);

    /**
     * {@code out = softmax(scale q k^T + bias) v} per head.
     *
     * @param q {@code [batch, queries, heads, headDim]}, as is {@code out}
     * @param k {@code [batch, keys, heads, headDim]}
     * @param v as {@code k}
     * @param bias {@code [heads, queries, keys]} F32, finite, the same for every batch entry, or null; -1e30 hides a key
     * @param keyLengths number of valid keys per batch entry, at least 1 each, or null for all
     */
    void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale);

    /**
     * ReLU linear attention: {@code out = relu(q) S / (relu(q) z + eps)} with {@code S = sum_n relu(k_n) v_n^T}, {@code z = sum_n relu(k_n)}.
     *
     * @param q {@code [batch, queries, heads, headDim]}, as is {@code out}
     * @param k {@code [batch, keys, heads, headDim]}
     * @param v as {@code k}
     */
    void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps);

    /**
     * Convolution over {@code [batch, frames, height, width, channels]}.
     *
     * @param weight {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]}, layout {@link Layout#conv3d}
     * @param bias {@code [out]} F32 or null
     */
    void conv3d(Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation);

    /**
     * {@code out = x / sqrt(mean(x^2) + eps) weight + bias} over the last axis (channels).
     *
     * @param weight {@code [channels]} F32 or null
     * @param bias {@code [channels]} F32 or null
     */
    void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps);

    /** {@code out = x / sqrt(mean(x^2) + eps) weight} over the last axis; {@code weight} {@code [dim]} F32. */
    void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps);

    /** {@code out = sum(x^2)} over the last axis: this rank's part of the statistics of a row split over ranks; {@code out} {@code [..., 1]} F32. */
    void sumOfSquares(Tensor out, Tensor x);

    /**
     * {@code out = x / sqrt(squares / width + eps) weight}: an {@link #rmsNorm} of rows of {@code width} elements of which {@code x} has some.
     *
     * @param squares {@code [..., 1]} F32, sums of squares of the whole rows
     * @param weight {@code [dim]} F32, the part that belongs to {@code x}
     */
    void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps);

    /**
     * {@code out = (x - mean) / sqrt(var + eps) weight + bias} over the last axis, biased variance.
     *
     * @param out of {@code x}'s dtype, or BF16 of F32
     * @param weight {@code [dim]} F32; null, as is {@code bias}, for a norm without parameters
     */
    void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps);

    /**
     * {@code out = layerNorm(x) (1 + scale) + shift}.
     *
     * @param out of {@code x}'s dtype, or BF16 of F32
     * @param x {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32
     * @param scale {@code [batch, dim]} F32
     */
    void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps);

    /**
     * Rotates interleaved channel pairs: {@code (a, b) -> (a cos - b sin, a sin + b cos)}.
     *
     * @param x {@code [batch, tokens, heads, headDim]}
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32, cos then sin
     */
    void rope(Tensor out, Tensor x, Tensor table);

    /**
     * Queries or keys of self-attention: {@link #rmsNorm} over the full width, all heads together, then {@link #rope}.
     *
     * @param x {@code [batch, tokens, heads, headDim]}, as is {@code out}
     * @param weight {@code [heads headDim]} F32
     * @param table {@code [batch or 1, tokens, headDim / 2, 2]} F32, cos then sin
     */
    void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps);

    /**
     * {@code out = sum_j softmax(logits)_j states_j} per token.
     *
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     */
    void layerMix(Tensor out, Tensor logits, List<Tensor> states);

    /**
     * {@link #layerMix}, then {@link #modulatedNorm}, without storing the mixture.
     *
     * @param out of the states' dtype, or BF16 of F32
     * @param logits {@code [batch, tokens, states]}
     * @param states each {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32, as is {@code scale}
     */
    void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps);

    /**
     * {@code out = x + gate y}.
     *
     * @param x {@code [batch, tokens, dim]}
     * @param gate {@code [batch, dim]} F32, or null for 1
     * @param y as {@code x}, or BF16 where {@code x} is F32
     */
    void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y);

    /** {@code out = a + b}; {@code b} is broadcast: same rank, each dimension equal or 1. */
    void add(Tensor out, Tensor a, Tensor b);

    /** {@code out = a b}; {@code b} is broadcast as in {@link #add}. */
    void mul(Tensor out, Tensor a, Tensor b);

    /** {@code out = sum_i weights_i terms_i}, added in list order; all terms shaped as {@code out}. */
    void weightedSum(Tensor out, float[] weights, List<Tensor> terms);

    /** {@code out = activation(x)}. */
    void activation(Tensor out, Tensor x, Activation activation);

    /** {@code out = a silu(g)} where {@code a}, {@code g} are the two halves of {@code x}'s last axis. */
    void gluSilu(Tensor out, Tensor x);

    /** Softmax over the last axis. */
    void softmax(Tensor out, Tensor x);

    /** {@code out.dim(i) = x.dim(axes[i])}; any dtype. */
    void permute(Tensor out, Tensor x, int[] axes);

    /** Joins along {@code axis}; any dtype. */
    void concat(Tensor out, List<Tensor> parts, int axis);

    /** {@code out} = {@code out.dim(axis)} entries of {@code x} along {@code axis} starting at {@code from}; any dtype. */
    void slice(Tensor out, Tensor x, int axis, long from);

    /**
     * Channels to time and space: {@code [b, t, h, w, c frames side^2] -> [b, t frames, h side, w side, c]}; input channel
     * {@code ((c frames + it) side + ih) side + iw}. {@code frames} and {@code side} follow from the shapes.
     */
    void pixelShuffle3d(Tensor out, Tensor x);

    /** Inverse of {@link #pixelShuffle3d}. */
    void pixelUnshuffle3d(Tensor out, Tensor x);

    /** Mean over groups of consecutive channels: {@code [..., out n] -> [..., out]}. */
    void channelAverage(Tensor out, Tensor x);

    /** Repeats every channel: {@code [..., c] -> [..., c n]}, {@code c0 c0 .. c1 c1 ..}. */
    void channelDuplicate(Tensor out, Tensor x);

    /** Resamples height and width of {@code [batch, frames, height, width, channels]}. */
    void resize(Tensor out, Tensor x, Resampling resampling);

    /** Rows of {@code table} {@code [rows, dim]} picked by {@code ids} {@code [...]} I32; {@code out} {@code [..., dim]}. */
    void embedding(Tensor out, Tensor ids, Tensor table);

    /** Converts between F32, BF16, F16 and F8_E4M3 (round to nearest even; F8_E4M3 saturates), and from I32 or U8 to F32. */
    void cast(Tensor out, Tensor x);

    /** Sets every element; any dtype but F8_E4M3. */
    void fill(Tensor out, float value);

    /** {@code out_i = } {@link PhiloxNormal#value}{@code (seed, stream, i)}, rounded to {@code out}'s dtype. */
    void noise(Tensor out, long seed, int stream);
}
