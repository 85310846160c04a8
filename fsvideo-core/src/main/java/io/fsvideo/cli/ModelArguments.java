package io.fsvideo.cli;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.family.ModelInit;
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
    private static final Path DEMO = Path.of("models", "demo");
    private static final Path MADE = Path.of("models", TINY);
    private static final long DEFAULT_SEED = 0;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Model directory (default: models/demo; where that is not, models/tiny, made with random weights).")
    private Path model;

    @Option(names = "--dtype", description = "What the models compute in, F32 or BF16 (default: the backend's choice).")
    private DType dtype;

    @Mixin
    private WeightArguments weightArguments;

    @Mixin
    private BackendArguments backendArguments;

    @Mixin
    private RankArguments rankArguments;

    /** Makes a model when none is named and there is none, and says so in one line. */
    void makeDefault(PrintWriter err) {
        if (Files.exists(directory()) || model != null || !rankArguments.isFirst()) {
            return;
        }
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open()) {
            ModelInit.write(TINY, DEFAULT_SEED, MADE, backend);
        }
        err.println("made " + MADE + " with random, untrained weights, as 'weights init --config " + TINY + " --seed "
                + DEFAULT_SEED + " --out " + MADE + "' does");
    }

    FsVideo open() {
        return FsVideo.open(directory(), openOptions());
    }

    RankArguments ranks() {
        return rankArguments;
    }

    /** Whether this process writes the result. */
    boolean isFirst() {
        return rankArguments.isFirst();
    }

    Path directory() {
        if (model != null) {
            return model;
        }
        return Files.exists(DEMO) ? DEMO : MADE;
    }

    /** With the ranks that share each video. */
    OpenOptions openOptions() {
        return rankArguments.apply(options());
    }

    OpenOptions options() {
        return weightArguments.applyTo(backendArguments.openOptions().withDType(dtype));
    }
}
