package io.fsvideo.pipeline;

import io.fsvideo.Preview;
import io.fsvideo.Stage;
import io.fsvideo.media.Video;
import io.fsvideo.model.LatentRgb;

/**
 * After which steps of a generation a preview is made, and how. Making one costs the thread that computes a copy of the latents; the
 * pictures are made where somebody looks.
 *
 * @since 0.1
 */
public final class Previews {
    /** Makes none. */
    public static final Previews NONE = new Previews(null, 0, 0, 1);

    private final LatentRgb map;
    private final int every;
    private final int framesPerSecond;
    private final int frameStep;

    private Previews(LatentRgb map, int every, int framesPerSecond, int frameStep) {
        this.map = map;
        this.every = every;
        this.framesPerSecond = framesPerSecond;
        this.frameStep = frameStep;
    }

    /** Makes one after every so many steps, and after the last of a stage, of a model that has a map. */
    static Previews of(ModelConfig config, int every) {
        return new Previews(
                config.latentRgb(),
                every,
                config.pipeline().framesPerSecond(),
                config.sizes().frameStep());
    }

    /** Tells whether there is one after step {@code done} of {@code steps}. */
    boolean isDue(int done, int steps) {
        return every > 0 && (done % every == 0 || done == steps);
    }

    /** @param latent {@code [frames, height, width, channels]}, not changed any more */
    Preview of(Stage stage, int step, float[] latent, int frames, int height, int width) {
        return new Preview(stage, step, () -> {
            float[] pixels = map.pixels(latent, frames, height, width);
            return Video.ofFloats(pixels, map.height(height), map.width(width), rate());
        });
    }

    /** Frames that are left out make the rate lower. */
    private int rate() {
        return Math.max(1, Math.round(framesPerSecond * map.frames() / (float) frameStep));
    }
}
