package io.fsvideo.pipeline;

import io.fsvideo.Stage;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Arena;

/**
 * A loaded model: all its parts, and the way from a request to a video.
 *
 * @since 0.1
 */
public interface Pipeline {
    /** Returns the model's configuration. */
    ModelConfig config();

    /** Returns the owner of all parameters. */
    PartStore parts();

    /**
     * Makes one video.
     *
     * @param a parent of everything that is allocated
     * @param job what to make
     * @param prompts turns words into the ids of the model's vocabulary
     * @param tracker hears of every step
     * @return the video, or null on a rank that is not the first
     */
    Video run(Arena a, ResolvedRequest job, Prompts prompts, Tracker tracker);

    /** Returns how many of a stage's bytes are hidden states kept for layer memory, 0 for a model without any. */
    default long layerMemoryBytes(Stage stage, ResolvedRequest job) {
        return 0;
    }
}
