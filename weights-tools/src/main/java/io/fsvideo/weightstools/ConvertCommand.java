package io.fsvideo.weightstools;

import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.convert.Conversion;
import io.fsvideo.weightstools.convert.Download;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
            "Without --part, convert a whole download of Wan2.1 or DC-VideoGen into a model directory.",
            "Takes Wan2.1's own files and Diffusers' names of its transformers, umT5, CLIP and Wan's autoencoder as .pth, DC-AE and",
            "DC-AE-V. Every name and shape is compared with the configuration first; types are kept, but F64 becomes F32.",
            "A .pth is a program; of its steps only those that rebuild tensors are known, and all others are refused."
        },
        footer = {
            "",
            "Example:",
            "  fsvideo weights convert Wan2.1-T2V-1.3B --config wan21-t2v-1.3b --out models/wan",
            "  fsvideo weights convert Wan2.1_VAE.pth --config wan21-t2v-1.3b --part autoencoder --out wan/autoencoder"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final double MEBI = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CHECKPOINT",
            description = "A .safetensors, .gguf, .pth or .pt file, or a folder of .safetensors shards.")
    private Path checkpoint;

    @Option(
            names = "--config",
            required = true,
            completionCandidates = WeightsInitCommand.Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String config;

    @Option(
            names = "--part",
            description = "Which part of a model, as its folder is called: transformer, text_encoder, ….")
    private String part;

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
        if (part == null && ModelFamily.parts(config).size() > 1) {
            return convertModel();
        }
        WholeFolder folder = new WholeFolder(out);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open();
                Checkpoint source = Source.open(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, source);
            Conversion conversion = new Conversion(source, modelPart(), backend);
            folder.requireRoom(conversion.bytes());
            line.show("convert", 0, conversion.count());
            AtomicInteger files = new AtomicInteger();
            folder.write(temporary ->
                    files.set(conversion.write(temporary, maxSize, (done, all) -> line.show("convert", done, all))));
            report(out, conversion, files.get());
            return 0;
        }
    }

    /** All parts of a download, the index and the tokenizer: a whole model directory. */
    private int convertModel() {
        Download download = new Download(checkpoint, config);
        WholeFolder folder = new WholeFolder(out);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Backend backend = backendArguments.open()) {
            folder.requireRoom(0);
            folder.write(temporary -> {
                for (Map.Entry<ModelPart, Path> entry : download.parts().entrySet()) {
                    convert(entry.getKey(), entry.getValue(), temporary, backend);
                }
                Files.createDirectories(temporary.resolve("tokenizer"));
                Files.copy(download.tokenizer(), temporary.resolve("tokenizer").resolve("tokenizer.json"));
                ModelDirectory.writeIndex(ModelFamily.model(config), temporary);
            });
        }
        return 0;
    }

    private void convert(ModelPart to, Path from, Path folder, Backend backend) throws IOException {
        Path target = Files.createDirectories(folder.resolve(to.folder()));
        try (Checkpoint source = Source.open(from);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, source);
            Conversion conversion = new Conversion(source, to, backend);
            new WholeFolder(target).requireRoom(conversion.bytes());
            report(
                    out.resolve(to.folder()),
                    conversion,
                    conversion.write(target, maxSize, (done, all) -> line.show(to.folder(), done, all)));
        }
    }

    private ModelPart modelPart() {
        List<ModelPart> parts = ModelFamily.parts(config);
        if (parts.size() == 1 && part == null) {
            return parts.get(0);
        }
        return parts.stream()
                .filter(candidate -> part != null && candidate.folder().equals(part.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new FsVideoException("convert: --part must be one of "
                        + parts.stream().map(ModelPart::folder).toList() + " for " + config + ", got "
                        + (part == null ? "none" : part)));
    }

    private void report(Path target, Conversion conversion, int files) {
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "wrote %s: %d tensors, %,.1f MiB in %d files, names of %s, %d tensors left out, %d from F64 to F32%n",
                        target,
                        conversion.count(),
                        conversion.bytes() / MEBI,
                        files,
                        conversion.dialect(),
                        conversion.dropped(),
                        conversion.narrowed());
        spec.commandLine().getOut().flush();
    }
}
