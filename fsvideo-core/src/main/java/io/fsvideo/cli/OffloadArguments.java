package io.fsvideo.cli;

import io.fsvideo.weights.Offload;
import picocli.CommandLine.Option;

/** Where parameters wait; a picocli mixin. */
final class OffloadArguments {
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

    Offload offload() {
        return offload;
    }
}
