package io.fsvideo.cli;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.family.ModelInit;
import io.fsvideo.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model and where it runs; the default model is made on first use. For commands of other modules too, as a {@code @Mixin}. */
public final class ModelArguments {
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

    @Mixin
    private OpenArguments openArguments;

    /** Makes a model when none is named and there is none, and says so in one line. */
    public void makeDefault(PrintWriter err) {
        if (Files.exists(directory()) || model != null || !isFirst()) {
            return;
        }
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = openArguments.backend().open()) {
            ModelInit.write(TINY, DEFAULT_SEED, MADE, backend);
        }
        err.println("made " + MADE + " with random, untrained weights, as 'weights init --config " + TINY + " --seed "
                + DEFAULT_SEED + " --out " + MADE + "' does");
    }

    FsVideo open() {
        return FsVideo.open(directory(), openOptions());
    }

    RankArguments ranks() {
        return openArguments.ranks();
    }

    /** Whether this process writes the result. */
    boolean isFirst() {
        return ranks().isFirst();
    }

    /** Returns the model's directory. */
    public Path directory() {
        if (model != null) {
            return model;
        }
        return Files.exists(DEMO) ? DEMO : MADE;
    }

    /** The options, with the ranks that share each video. */
    public OpenOptions openOptions() {
        return openArguments.withRanks();
    }

    OpenOptions options() {
        return openArguments.options();
    }
}
