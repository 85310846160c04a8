package io.fsvideo.cli;

import io.fsvideo.OpenOptions;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Offload;
import picocli.CommandLine.Option;

/** In which type parameters are and where they wait; a picocli mixin. */
final class WeightArguments {
    @Option(
            names = "--offload",
            defaultValue = "NONE",
            description = {
                "Parameters kept off the backend until they are used, for small devices: none, parts (each model comes"
                        + " for its",
                "stage), blocks (of the transformers and the text encoder two blocks at a time; not on a CPU).",
                "The video is the same (default: none)."
            })
    private Offload offload;

    @Option(
            names = "--linear-weights",
            defaultValue = "STORED",
            description =
                    "Type of matrices: stored (FP8 where the checkpoint and the backend have it), fp8 (quantized while"
                            + " loading; CUDA only; default: stored).")
    private LinearWeights linear;

    OpenOptions applyTo(OpenOptions options) {
        return options.withOffload(offload).withLinearWeights(linear);
    }
}
