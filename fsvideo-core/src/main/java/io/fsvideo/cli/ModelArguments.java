package io.fsvideo.cli;

import io.fsvideo.FsVideo;
import io.fsvideo.ModelInit;
import io.fsvideo.OpenOptions;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model and where it runs; the default model is made on first use. */
final class ModelArguments {
    private static final String TINY = "tiny";
    private static final Path DEFAULT = Path.of("models", TINY);
    private static final long DEFAULT_SEED = 0;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Model directory (default: models/tiny, made on first use with random weights).")
    private Path model;

    @Option(names = "--dtype", description = "What the models compute in, F32 or BF16 (default: the backend's choice).")
    private DType dtype;

    @Mixin
    private BackendArguments backendArguments;

    /** Makes the default model when it is asked for and not there, and says so in one line. */
    void makeDefault(PrintWriter err) {
        if (model != null || Files.exists(DEFAULT)) {
            return;
        }
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open()) {
            ModelInit.write(TINY, DEFAULT_SEED, DEFAULT, backend);
        }
        err.println("made " + DEFAULT + " with random, untrained weights, as 'weights init --config " + TINY
                + " --seed " + DEFAULT_SEED + " --out " + DEFAULT + "' does");
    }

    FsVideo open() {
        return FsVideo.open(model == null ? DEFAULT : model, options());
    }

    OpenOptions options() {
        return new OpenOptions(backendArguments.name(), backendArguments.options(), dtype);
    }
}
