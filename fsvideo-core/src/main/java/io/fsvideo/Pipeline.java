package io.fsvideo;

import io.fsvideo.media.Video;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;

/** A loaded model: all its parts, and the way from a request to a video. */
interface Pipeline {
    ModelConfig config();

    /** Owner of all parameters. */
    PartStore parts();

    /** With whom, and how, it makes a video. */
    Sharing sharing();

    /** What the models compute in. */
    default DType dtype() {
        return parts().dtype();
    }

    /** Makes one video; everything it allocates is a child of {@code a}. */
    Video run(Arena a, Job job, Prompts prompts, Tracker tracker);

    /** Of a stage's bytes, those of hidden states kept for layer memory. */
    long layerMemoryBytes(Stage stage, Job job);

    /** Loads every part, or this rank's share of it. */
    static Pipeline load(PartStore parts, ModelConfig config, Sharing sharing) {
        return config instanceof WanConfig wan
                ? WanModels.load(parts, wan, sharing)
                : Models.load(parts, (FsVideoConfig) config, sharing);
    }
}
