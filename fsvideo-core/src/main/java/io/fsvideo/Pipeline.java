package io.fsvideo;

import io.fsvideo.media.Video;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.TensorSource;
import java.util.Map;
import java.util.function.Function;

/** A loaded model: all its parts, and the way from a request to a video. */
interface Pipeline {
    ModelConfig config();

    /** What the models compute in. */
    DType dtype();

    /** Bytes of each part on the backend. */
    Map<String, Long> bytes();

    /** Makes one video; everything it allocates is a child of {@code a}. */
    Video run(Arena a, Job job, Prompts prompts, Tracker tracker);

    /** Of a stage's bytes, those of hidden states kept for layer memory. */
    long layerMemoryBytes(Stage stage, Job job);

    /** Loads every part into {@code arena}, which then owns it. */
    static Pipeline load(Arena arena, ModelConfig config, DType dtype, Function<Part, TensorSource> sources) {
        PartLoader loader = new PartLoader(arena, dtype, sources);
        return config instanceof WanConfig wan
                ? WanModels.load(loader, wan)
                : Models.load(loader, (FsVideoConfig) config);
    }
}
