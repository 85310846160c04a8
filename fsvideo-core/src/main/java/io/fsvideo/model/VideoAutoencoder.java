package io.fsvideo.model;

import io.fsvideo.tensor.Arena;

/**
 * Frames to latents and back, a part of a clip at a time. Latents times {@link #scalingFactor} are what a transformer sees.
 *
 * @since 0.1
 */
public interface VideoAutoencoder {
    /** Channels of the latents. */
    int latentChannels();

    /** Factor of the latents in the transformer's numbers. */
    float scalingFactor();

    /** Frames to encode at a time. */
    int encodeStep();

    /** Latent frames to decode at a time. */
    int decodeStep();

    /** {@code [batch, frames, height, width, 3]} in [-1, 1] to latents; what the next frames need is remembered in {@code a}. */
    ClipStream encoderStream(Arena a);

    /** Latents to {@code [batch, frames, height, width, 3]}, not clamped; what the next ones need is remembered in {@code a}. */
    ClipStream decoderStream(Arena a);
}
