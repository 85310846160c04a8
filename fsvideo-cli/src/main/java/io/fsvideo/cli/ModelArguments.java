package io.fsvideo.cli;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.family.ModelInit;
import io.fsvideo.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
    private List<Path> models = List.of();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Mixin
    private OpenArguments openArguments;

    /** Makes a model when none is named and there is none, and says so in one line. */
    public void makeDefault(PrintWriter err) {
        if (Files.exists(directories().get(0)) || !models.isEmpty() || !isFirst()) {
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

    /** Opens the model without these parts, which are called as their folders are. */
    FsVideo openWithout(Set<String> parts) {
        return FsVideo.open(directory(), openOptions().withoutParts(parts));
    }

    RankArguments ranks() {
        return openArguments.ranks();
    }

    /** Whether this process writes the result. */
    boolean isFirst() {
        return ranks().isFirst();
    }

    /** Returns the model's directory. @throws ParameterException when several are given */
    public Path directory() {
        List<Path> all = directories();
        if (all.size() > 1) {
            throw new ParameterException(command.commandLine(), "--model must be given once, got " + all);
        }
        return all.get(0);
    }

    /** Returns the directories of all models that are given, or of the default one. */
    public List<Path> directories() {
        return models.isEmpty() ? List.of(Files.exists(DEMO) ? DEMO : MADE) : models;
    }

    /** The options, with the ranks that share each video. */
    public OpenOptions openOptions() {
        return openArguments.withRanks();
    }

    OpenOptions options() {
        return openArguments.options();
    }
}
