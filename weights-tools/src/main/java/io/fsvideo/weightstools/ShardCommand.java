package io.fsvideo.weightstools;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.cli.CancelOnSignal;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.convert.Source;
import io.fsvideo.weightstools.files.WholeFolder;
import io.fsvideo.weightstools.shard.Sharding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A transformer in one file per rank. */
@Command(
        name = "shard",
        description = {
            "Cut a transformer for tensor parallelism into one file per rank; values stay the same to the bit.",
            "Each has its heads and its channels of the MLP, and whole what is not cut. 'merge' makes one file of them again."
        },
        footer = {"", "Example:", "  fsvideo weights shard models/wan/transformer --tp 2 --out wan-2/transformer"})
final class ShardCommand implements Callable<Integer> {
    private static final String CONFIG = "config.json";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TRANSFORMER", description = "Its folder, with config.json and safetensors.")
    private Path transformer;

    @Option(
            names = "--tp",
            required = true,
            paramLabel = "N",
            description = "How many ranks; heads and channels of the MLP must divide by it.")
    private int ranks;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty directory.")
    private Path out;

    @Override
    public Integer call() {
        WholeFolder folder = new WholeFolder(out);
        TensorParallel split = TensorParallel.of(config(), ranks);
        try (CancelOnSignal signal = CancelOnSignal.interruptingThisThread();
                Checkpoint source = Source.open(transformer);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            Found.say(spec, source);
            Sharding sharding = new Sharding(source, split);
            folder.requireRoom(sharding.bytes());
            line.show("shard", 0, sharding.count());
            folder.write(temporary -> {
                Files.copy(transformer.resolve(CONFIG), temporary.resolve(CONFIG));
                sharding.write(temporary, (done, all) -> line.show("shard", done, all));
            });
            spec.commandLine().getOut().println("wrote " + out + ": " + ranks + " files for " + ranks + " ranks");
            return 0;
        }
    }

    private DitConfig config() {
        Path file = transformer.resolve(CONFIG);
        try {
            return DitConfig.fromJson(new ObjectMapper().readTree(Files.readString(file)));
        } catch (JsonProcessingException e) {
            throw new WeightsException("shard: " + file + " must be JSON, got " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new WeightsException("shard: " + file + " must be readable, got " + e, e);
        }
    }
}
