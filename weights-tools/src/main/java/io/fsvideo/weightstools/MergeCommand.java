package io.fsvideo.weightstools;

import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weightstools.checkpoint.Rewrite;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One checkpoint in one file. */
@Command(
        name = "merge",
        description =
                "Write all shards of a checkpoint, or the files of all ranks, as one file; values stay the same to the bit.",
        footer = {"", "Example:", "  fsvideo weights merge shards --out model.safetensors"})
final class MergeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CHECKPOINT",
            description = "A folder of shards or of files of ranks, or a safetensors file.")
    private Path checkpoint;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Replaced when it exists.")
    private Path out;

    @Override
    public Integer call() {
        WholeFile file = new WholeFile(out);
        file.requireWritable();
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                TensorFile source = Source.openJoined(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Rewrite rewrite = new Rewrite(source, (done, all) -> line.show("merge", done, all));
            line.show("merge", 0, rewrite.count());
            AtomicReference<String> sha256 = new AtomicReference<>();
            file.write(temporary -> sha256.set(rewrite.toFile(temporary)));
            spec.commandLine()
                    .getOut()
                    .println("wrote " + out + ": " + rewrite.count() + " tensors, SHA-256 " + sha256);
            return 0;
        }
    }
}
