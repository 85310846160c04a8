package io.fsvideo.weightstools;

import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFile;
import io.fsvideo.weightstools.inspect.Inspection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is in a checkpoint. */
@Command(
        name = "inspect",
        description = {
            "List a checkpoint's tensors: type, shape, bytes, statistics; sums by prefix and type; which model it looks like.",
            "Says how it is spelled: container, prefix, scales, quantised types. Reads every value once, a block at a time; counts NaN and",
            "infinite ones."
        },
        footer = {"", "Example:", "  fsvideo weights inspect models/demo --json demo.json"})
final class InspectCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CHECKPOINT",
            description = "A safetensors, GGUF or .pth file, a folder of shards, or a model directory.")
    private Path checkpoint;

    @Option(names = "--json", paramLabel = "FILE", description = "Write everything there, too.")
    private Path json;

    @Override
    public Integer call() {
        Optional<WholeFile> file = Optional.ofNullable(json).map(WholeFile::new);
        file.ifPresent(WholeFile::requireWritable);
        Inspection inspection;
        try (Checkpoint opened = Source.anyAsStored(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            line.show("inspect", 0, opened.tensors().size());
            inspection = Inspection.of(
                    opened, () -> Source.openAny(checkpoint), (done, all) -> line.show("inspect", done, all));
        }
        file.ifPresent(whole -> whole.write(
                temporary -> Files.writeString(temporary, inspection.json().toPrettyString() + "\n")));
        spec.commandLine().getOut().print(inspection.table());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
