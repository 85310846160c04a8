package io.fsvideo;

/**
 * Sizes of one generation.
 *
 * @param frames frames of the video
 * @param height rows of the video
 * @param width columns of the video
 */
record Geometry(int frames, int height, int width, SizeRule rule) {
    Geometry {
        rule.requireFrames(frames);
        rule.requireSize(height, width);
    }

    /** Latent frames. */
    int latentFrames() {
        return rule.firstFrames() + (frames - rule.firstFrames()) / rule.frameStep();
    }

    /** Rows of the full-resolution latents. */
    int latentHeight() {
        return height / rule.spatialFactor();
    }

    /** Columns of the full-resolution latents. */
    int latentWidth() {
        return width / rule.spatialFactor();
    }
}
