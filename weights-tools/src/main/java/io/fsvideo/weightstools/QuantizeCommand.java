package io.fsvideo.weightstools;

import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import io.fsvideo.weightstools.quantize.Loss;
import io.fsvideo.weightstools.quantize.Quantization;
import io.fsvideo.weightstools.quantize.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A checkpoint in a narrower type. */
@Command(
        name = "quantize",
        description = {
            "Store a part's parameters in a narrower type and print what each tensor lost, largest relative error"
                    + " first.",
            "fp8-e4m3 takes matrices and kernels and stores a scale per output channel beside each, as NAME_scale;"
                    + " models load such",
            "files: a CUDA backend multiplies the matrices as they are, everything else is widened while it is loaded."
        },
        footer = {"", "Example:", "  fsvideo weights quantize models/demo/transformer --type bf16 --out demo-bf16"})
final class QuantizeCommand implements Callable<Integer> {
    private static final String CONFIG = "config.json";
    private static final double MEBI = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CHECKPOINT", description = "A safetensors, GGUF or .pth file, or a folder of shards.")
    private Path checkpoint;

    @Option(names = "--type", required = true, description = "One of ${COMPLETION-CANDIDATES}.")
    private Target type;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    @Option(
            names = "--max-size",
            defaultValue = "5GB",
            converter = ByteSize.class,
            paramLabel = "SIZE",
            description = "Most data of one file (default: ${DEFAULT-VALUE}).")
    private long maxSize;

    @Override
    public Integer call() {
        WholeFolder folder = new WholeFolder(out);
        List<Loss> losses = new ArrayList<>();
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Checkpoint source = Source.open(checkpoint);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, source);
            Quantization quantization = new Quantization(source, type);
            folder.requireRoom(quantization.bytes());
            line.show("quantize", 0, quantization.count());
            folder.write(temporary -> {
                copyConfig(temporary);
                losses.addAll(quantization.write(temporary, maxSize, (done, all) -> line.show("quantize", done, all)));
            });
            report(quantization, losses);
            return 0;
        }
    }

    /** So that a part of a model directory stays one. */
    private void copyConfig(Path folder) throws IOException {
        Path config = checkpoint.resolve(CONFIG);
        if (Files.isRegularFile(config)) {
            Files.copy(config, folder.resolve(CONFIG));
        }
    }

    private void report(Quantization quantization, List<Loss> losses) {
        PrintWriter writer = spec.commandLine().getOut();
        writer.printf(Locale.ROOT, "%-60s %12s %12s%n", "tensor", "max error", "rel. rms");
        losses.stream()
                .sorted(Comparator.comparingDouble(Loss::relative).reversed())
                .forEach(writer::println);
        writer.printf(
                Locale.ROOT,
                "wrote %s: %d of %d tensors narrowed to %s, %,.1f MiB%n",
                out,
                losses.size(),
                quantization.count(),
                type,
                quantization.bytes() / MEBI);
        writer.flush();
    }
}
