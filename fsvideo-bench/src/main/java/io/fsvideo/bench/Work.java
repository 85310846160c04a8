package io.fsvideo.bench;

import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.TensorSource;
import java.util.SortedMap;

/** What a bench computes, said so that another library can do the same work on the same numbers. Weights are not packed. */
public sealed interface Work {
    /** {@code x weight^T + bias}: {@code [rows, in]}, {@code [out, in]}, {@code [out]} or null. */
    record Linear(Tensor x, Tensor weight, Tensor bias) implements Work {}

    /** {@code [batch, frames, height, width, in]} by {@code [out, in, 3, 3, 3]}, padded with zeros in space. */
    record Conv3d(Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry) implements Work {}

    /** Softmax attention without bias; all {@code [batch, tokens, heads, dim]}. */
    record Attention(Tensor q, Tensor k, Tensor v, float scale) implements Work {}

    /** {@code x / sqrt(mean(x^2) + eps) weight + bias} along the last axis; bias may be null. */
    record RmsNorm(Tensor x, Tensor weight, Tensor bias, float eps) implements Work {}

    /** Normalised to mean 0 and variance 1 along the last axis, times weight, plus bias; both may be null. */
    record LayerNorm(Tensor x, Tensor weight, Tensor bias, float eps) implements Work {}

    /** Layer norm of {@code [batch, tokens, dim]} without parameters, times {@code 1 + scale}, plus shift. */
    record ModulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps) implements Work {}

    /** GELU by tanh. */
    record Gelu(Tensor x) implements Work {}

    /** Softmax along the last axis. */
    record Softmax(Tensor x) implements Work {}

    /**
     * A diffusion transformer without image branch and layer memory.
     *
     * @param arena for the weights
     * @param weights by the names {@link io.fsvideo.model.Dit} reads
     * @param dtype to compute in
     * @param x {@code [1, frames, height, width, inDim]}
     * @param text {@code [rows, textDim]}
     */
    record Transformer(
            Arena arena, TensorSource weights, DitConfig config, DType dtype, Tensor x, float time, Tensor text)
            implements Work {}

    /**
     * The autoencoder's decoder.
     *
     * @param latent {@code [1, frames, height, width, latentChannels]}
     * @param features by stage, as {@link io.fsvideo.model.Features}
     */
    record Decoder(
            Arena arena,
            TensorSource weights,
            AutoencoderConfig config,
            DType dtype,
            Tensor latent,
            SortedMap<Integer, Tensor> features)
            implements Work {}

    /**
     * One outer stage of the Lite decoder: an upsampling step and residual blocks.
     *
     * @param x {@code [1, frames, height, width, in]}
     * @param rate frames per latent frame of {@code x}
     */
    record Stage(Arena arena, TensorSource weights, DType dtype, Tensor x, long out, int frames, int rate, int blocks)
            implements Work {}

    /** Work that no other library does. */
    record Own(Object inputs) implements Work {}
}
