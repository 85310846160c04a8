package io.fsvideo;

import io.fsvideo.media.Video;
import java.util.function.Supplier;

/**
 * What a running generation is about to become: a small, rough clip. {@link Request#withPreviews} asks for previews, and
 * {@link Progress#preview} has the newest.
 *
 * <p>It shows the clean latents that the model's latest prediction leads to, not the noisy ones that the solver is at, through a linear
 * map that the model carries: colours and motion are there, details are not. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Preview {
    private final Stage stage;
    private final int step;
    private final Supplier<Video> clip;

    /**
     * Describes a preview; the engine makes them.
     *
     * @param stage that is under way, {@link Stage#BASE} or {@link Stage#REFINE}
     * @param step of this stage whose prediction is shown, 1 for the first
     * @param clip makes the pictures, from any thread, any number of times
     */
    public Preview(Stage stage, int step, Supplier<Video> clip) {
        this.stage = stage;
        this.step = step;
        this.clip = clip;
    }

    /** Returns the stage that was under way. */
    public Stage stage() {
        return stage;
    }

    /** Returns the step of this stage whose prediction is shown, 1 for the first. */
    public int step() {
        return step;
    }

    /**
     * Makes the pictures, on the thread that calls: as many frames as the clip will have or one for several, and as many seconds.
     *
     * @throws io.fsvideo.media.VideoException when the model's numbers have become NaN
     */
    public Video video() {
        return clip.get();
    }

    @Override
    public String toString() {
        return "preview of step " + step + " of " + stage;
    }
}
