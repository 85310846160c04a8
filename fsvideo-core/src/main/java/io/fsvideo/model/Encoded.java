package io.fsvideo.model;

import io.fsvideo.tensor.Tensor;

/**
 * What an encoder makes of a clip or of a chunk of it.
 *
 * @param latent {@code [batch, frames, height, width, channels]}
 * @param features of the clip's first frame; null for later chunks
 * @since 0.1
 */
public record Encoded(Tensor latent, Features features) {}
