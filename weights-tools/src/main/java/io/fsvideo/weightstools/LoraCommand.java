package io.fsvideo.weightstools;

import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.weights.LoraFile;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import io.fsvideo.weightstools.lora.LoraMerge;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A LoRA merged into a transformer. */
@Command(
        name = "lora",
        description = {
            "Merge a LoRA into a transformer, W + strength * alpha / rank * up * down, and write the result.",
            "Differences of whole parameters (diff, diff_b, diff_m), biases and DoRA's magnitudes are merged, too.",
            "Knows kohya's, PEFT's and Diffusers' names. alpha is the file's, or lora_alpha of adapter_config.json beside it, or the rank.",
            "Names of modules that the transformer lacks are listed, and refused unless --skip-unmatched is given.",
            "A module that is changed in a way that is not known here is always refused: nothing is half applied."
        },
        footer = {"", "Example:", "  fsvideo weights lora models/wan/transformer style.safetensors --out styled"})
final class LoraCommand implements Callable<Integer> {
    private static final String CONFIG = "config.json";
    private static final int LISTED = 20;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TRANSFORMER", description = "Its folder, or one safetensors or GGUF file.")
    private Path transformer;

    @Parameters(index = "1", paramLabel = "LORA", description = "A safetensors file.")
    private Path lora;

    @Option(names = "--strength", defaultValue = "1", description = "Factor (default: ${DEFAULT-VALUE}).")
    private double strength;

    @Option(names = "--skip-unmatched", description = "Merge although names are of modules that the transformer lacks.")
    private boolean skipUnmatched;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    @Override
    public Integer call() {
        WholeFolder folder = new WholeFolder(out);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Checkpoint model = Source.open(transformer);
                LoraFile file = LoraFile.open(lora, names(model));
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, model);
            requireMatched(file);
            LoraMerge merge = new LoraMerge(model, file, strength);
            folder.requireRoom(
                    model.tensors().stream().mapToLong(StoredInfo::bytes).sum());
            line.show("lora", 0, model.tensors().size());
            folder.write(temporary -> {
                if (Files.isRegularFile(transformer.resolve(CONFIG))) {
                    Files.copy(transformer.resolve(CONFIG), temporary.resolve(CONFIG));
                }
                merge.write(temporary, ShardWriter.USUAL_BYTES, (done, all) -> line.show("lora", done, all));
            });
            report(file);
            return 0;
        }
    }

    private static Set<String> names(Checkpoint model) {
        return model.tensors().stream().map(StoredInfo::name).collect(Collectors.toSet());
    }

    private void requireMatched(LoraFile file) {
        List<String> unmatched = file.unmatched();
        if (file.parameters().isEmpty() || !unmatched.isEmpty() && !skipUnmatched) {
            throw new WeightsException("lora: names in " + lora + " must be of " + transformer + ", got "
                    + file.parameters().size() + " that are and " + unmatched.size() + " that are not: "
                    + unmatched.subList(0, Math.min(LISTED, unmatched.size()))
                    + (file.parameters().isEmpty() ? "" : "; --skip-unmatched merges the others"));
        }
    }

    private void report(LoraFile file) {
        PrintWriter writer = spec.commandLine().getOut();
        file.unmatched().forEach(name -> writer.println("not in the transformer: " + name));
        if (!file.absentImageModules().isEmpty()) {
            writer.println("for image input, which the transformer lacks: "
                    + file.absentImageModules().size() + " names such as "
                    + file.absentImageModules().get(0));
        }
        writer.println("wrote " + out + ": " + file.parameters().size() + " parameters changed, "
                + file.unmatched().size() + " names skipped");
        writer.flush();
    }
}
