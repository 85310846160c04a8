package io.fsvideo;

/**
 * The parts of a generation, in order.
 *
 * @since 0.1
 */
public enum Stage {
    /** Prompt to text embedding. */
    TEXT,
    /** Image to CLIP features, first-frame latents and decoder features. */
    IMAGE,
    /** Base transformer: noise to low-resolution latents. */
    BASE,
    /** Latent upsampler: twice the height and width. */
    UPSAMPLE,
    /** Refiner transformer: noise and draft to full-resolution latents. */
    REFINE,
    /** Latents to frames. */
    DECODE
}
