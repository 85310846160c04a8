package io.fsvideo.bench;

import io.fsvideo.Request;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.Backend;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whole clips through a decoder. */
@Command(
        name = "decode",
        description = {
            "Decode random latents with the autoencoder of a Wan or DC-VideoGen model on random weights, as a generation streams them:",
            "time, and the peak of memory beside what a dry run plans. No checkpoint is needed."
        },
        footer = {"", "Example:", "  fsvideo bench decode --config wan21-t2v-1.3b --frames 9"})
final class DecodeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--config",
            defaultValue = "tiny-wan-t2v",
            description = "Configuration (default: ${DEFAULT-VALUE}).")
    private String config;

    @Option(names = "--frames", description = "Frames of the video (default: the model's).")
    private Integer frames;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        ModelConfig model = ModelFamily.model(config);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (Backend backend = backendArguments.open()) {
            DecodeTrial.Outcome outcome =
                    new DecodeTrial(model, request(model)).run(backend, progress -> err.println(progress));
            print(out, backend, outcome);
        }
        return 0;
    }

    private Request request(ModelConfig model) {
        Request request = Trials.request(model);
        return frames == null ? request : request.withFrames(frames);
    }

    private void print(PrintWriter out, Backend backend, DecodeTrial.Outcome outcome) {
        List<Duration> steps = outcome.steps();
        double seconds = steps.stream().mapToLong(Duration::toNanos).sum() / 1e9;
        out.printf(
                Locale.ROOT,
                "%s on %s: %d steps in %.1f s, the last in %.1f s%n",
                config,
                backend.description(),
                steps.size(),
                seconds,
                steps.get(steps.size() - 1).toNanos() / 1e9);
        Trials.printMemory(out, outcome.weightBytes(), outcome.peakBytes(), outcome.plannedPeakBytes());
        out.flush();
    }
}
