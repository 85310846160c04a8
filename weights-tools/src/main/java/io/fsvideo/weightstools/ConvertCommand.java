package io.fsvideo.weightstools;

import io.fsvideo.ModelPart;
import io.fsvideo.Part;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.convert.Conversion;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A published checkpoint as a part of a model directory. */
@Command(
        name = "convert",
        description = {
            "Convert a published checkpoint into one part of a model directory: its config.json and safetensors.",
            "Takes Wan2.1's own files and Diffusers' names of its transformers, umT5, CLIP and Wan's autoencoder as .pth, DC-AE and",
            "DC-AE-V. Every name and shape is compared with the configuration first; types are kept, but F64 becomes F32.",
            "A .pth is a program; of its steps only those that rebuild tensors are known, and all others are refused."
        },
        footer = {
            "",
            "Example:",
            "  fsvideo weights convert Wan2.1_VAE.pth --config wan21-t2v-1.3b --part autoencoder --out wan/autoencoder"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final double MEBI = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CHECKPOINT",
            description = "A .safetensors, .pth or .pt file, or a folder of .safetensors shards.")
    private Path checkpoint;

    @Option(
            names = "--config",
            required = true,
            completionCandidates = WeightsInitCommand.Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String config;

    @Option(names = "--part", description = "Which part of a pipeline: one of ${COMPLETION-CANDIDATES}.")
    private Part part;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    @Option(
            names = "--max-size",
            defaultValue = "5GB",
            converter = ByteSize.class,
            paramLabel = "SIZE",
            description = "Most data of one file (default: ${DEFAULT-VALUE}).")
    private long maxSize;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        WholeFolder folder = new WholeFolder(out);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open();
                TensorFile source = Source.open(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Conversion conversion = new Conversion(source, modelPart(), backend);
            folder.requireRoom(conversion.bytes());
            line.show("convert", 0, conversion.count());
            AtomicInteger files = new AtomicInteger();
            folder.write(temporary ->
                    files.set(conversion.write(temporary, maxSize, (done, all) -> line.show("convert", done, all))));
            report(conversion, files.get());
            return 0;
        }
    }

    private ModelPart modelPart() {
        List<ModelPart> parts = ModelPart.named(config);
        if (parts.size() == 1 && part == null) {
            return parts.get(0);
        }
        return parts.stream()
                .filter(candidate -> part != null && candidate.folder().equals(part.folder()))
                .findFirst()
                .orElseThrow(() -> new FsVideoException("convert: --part must be one of "
                        + parts.stream().map(ModelPart::folder).toList() + " for " + config + ", got "
                        + (part == null ? "none" : part.folder())));
    }

    private void report(Conversion conversion, int files) {
        spec.commandLine()
                .getOut()
                .printf(
                        "wrote %s: %d tensors, %,.1f MiB in %d files, names of %s, %d tensors left out, %d from F64 to F32%n",
                        out,
                        conversion.count(),
                        conversion.bytes() / MEBI,
                        files,
                        conversion.dialect(),
                        conversion.dropped(),
                        conversion.narrowed());
        spec.commandLine().getOut().flush();
    }
}
