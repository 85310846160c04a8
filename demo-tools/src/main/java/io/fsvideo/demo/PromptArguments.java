package io.fsvideo.demo;

import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.pictures.HeldOut;
import io.fsvideo.tensor.FsVideoException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** Held-out pictures and what is asked of them; shared by the commands that try a model. */
final class PromptArguments {
    @Option(
            names = "--prompts",
            split = ",",
            paramLabel = "MOVE",
            completionCandidates = Moves.class,
            description = "Of ${COMPLETION-CANDIDATES}; several with commas.")
    private List<String> prompts;

    @Option(
            names = "--photographs",
            split = ",",
            paramLabel = "DIR",
            defaultValue = "examples,demo-tools/held-out",
            description = "Held-out photographs (default: ${DEFAULT-VALUE}); procedural pictures follow them.")
    private List<Path> photographs;

    @Option(
            names = "--seed",
            defaultValue = "0",
            description = "Of the clips and the procedural pictures (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** The choices that the help text lists. */
    static final class Moves extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Moves() {
            super(Arrays.stream(Motion.values()).map(Motion::label).toList());
        }
    }

    /** What was given, or the caller's choice. */
    List<Motion> motions(List<Motion> otherwise) {
        return prompts == null
                ? otherwise
                : prompts.stream().map(PromptArguments::motion).toList();
    }

    private static Motion motion(String label) {
        return Arrays.stream(Motion.values())
                .filter(motion -> motion.label().equals(label))
                .findFirst()
                .orElseThrow(() ->
                        new FsVideoException("prompts: every move must be one of " + new Moves() + ", got " + label));
    }

    List<HeldOut.Picture> pictures(int count, int side) {
        return HeldOut.pictures(photographs, count, seed, side);
    }

    List<Path> photographs() {
        return photographs;
    }

    long seed() {
        return seed;
    }
}
