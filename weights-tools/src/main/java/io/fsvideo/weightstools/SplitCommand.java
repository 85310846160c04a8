package io.fsvideo.weightstools;

import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.Rewrite;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One checkpoint in several files. */
@Command(
        name = "split",
        description = {
            "Write a checkpoint as shards of a given size and their index; values stay the same to the bit.",
            "A tensor is never cut, so a file with one tensor may be larger."
        },
        footer = {"", "Example:", "  fsvideo weights split model.safetensors --max-size 2GB --out shards"})
final class SplitCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CHECKPOINT", description = "A safetensors file, or a folder of shards.")
    private Path checkpoint;

    @Option(
            names = "--max-size",
            required = true,
            converter = ByteSize.class,
            paramLabel = "SIZE",
            description = "Most data of one file, e.g. 2GB or 500MiB.")
    private long maxSize;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    @Override
    public Integer call() {
        WholeFolder folder = new WholeFolder(out);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Checkpoint source = Source.openSafetensors(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Rewrite rewrite = new Rewrite(source, (done, all) -> line.show("split", done, all));
            folder.requireRoom(rewrite.bytes());
            line.show("split", 0, rewrite.count());
            AtomicInteger files = new AtomicInteger();
            folder.write(temporary -> files.set(rewrite.toShards(temporary, maxSize)));
            spec.commandLine()
                    .getOut()
                    .println("wrote " + out + ": " + rewrite.count() + " tensors in " + files + " files");
            return 0;
        }
    }
}
