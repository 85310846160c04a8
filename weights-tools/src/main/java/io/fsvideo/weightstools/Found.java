package io.fsvideo.weightstools;

import io.fsvideo.weightstools.checkpoint.Checkpoint;
import picocli.CommandLine.Model.CommandSpec;

/** Tells people how a checkpoint is spelled that a command reads: container, prefix, scales, quantised types. */
final class Found {
    private Found() {}

    /** One line for each checkpoint with anything to tell, beside the command's result. */
    static void say(CommandSpec spec, Checkpoint... checkpoints) {
        for (Checkpoint checkpoint : checkpoints) {
            checkpoint.found().ifPresent(found -> spec.commandLine().getErr().println("found in " + found));
        }
        spec.commandLine().getErr().flush();
    }
}
