package io.fsvideo.pipeline;

/**
 * The sizes of one generation.
 *
 * @param frames frames of the video
 * @param height rows of the video
 * @param width columns of the video
 * @param rule what the model can make
 * @since 0.1
 */
public record Geometry(int frames, int height, int width, SizeRule rule) {
    /** @throws io.fsvideo.RequestException when the model cannot make such a video */
    public Geometry {
        rule.requireFrames(frames);
        rule.requireSize(height, width);
    }

    /** Returns the latent frames. */
    public int latentFrames() {
        return rule.firstFrames() + (frames - rule.firstFrames()) / rule.frameStep();
    }

    /** Returns the rows of the full-resolution latents. */
    public int latentHeight() {
        return height / rule.spatialFactor();
    }

    /** Returns the columns of the full-resolution latents. */
    public int latentWidth() {
        return width / rule.spatialFactor();
    }

    /** Returns the positions of the full-resolution latents. */
    public long positions() {
        return (long) latentFrames() * latentHeight() * latentWidth();
    }
}
