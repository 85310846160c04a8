package io.fsvideo.bench;

import io.fsvideo.Request;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whole sampling steps of a model's transformer. */
@Command(
        name = "step",
        description = {
            "Run sampling steps of a model's transformer on random weights and conditions: time, and the peak of memory beside",
            "what a dry run of the same steps plans. No checkpoint is needed, and no room for the model's other parts."
        },
        footer = {"", "Example:", "  fsvideo bench step --config wan21-t2v-1.3b --dtype bf16"})
final class StepCommand implements Callable<Integer> {
    private static final Pattern BLOCK = Pattern.compile("block\\d+");

    @Spec
    private CommandSpec spec;

    @Option(names = "--config", defaultValue = "tiny", description = "Configuration (default: ${DEFAULT-VALUE}).")
    private String config;

    @Option(names = "--frames", description = "Frames of the video (default: the model's).")
    private Integer frames;

    @Option(names = "--height", description = "With --width: size of the video (default: the model's).")
    private Integer height;

    @Option(names = "--width", description = "With --height: size of the video (default: the model's).")
    private Integer width;

    @Option(names = "--guidance", description = "1 runs one branch, anything else two (default: the model's).")
    private Float guidance;

    @Option(names = "--steps", defaultValue = "1", description = "Steps (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--layers",
            description =
                    "Run only so many of the transformer's layers (default: all); time and memory of one layer tell those of all.")
    private Integer layers;

    @Option(
            names = "--layer-memory",
            paramLabel = "NAME",
            description = "Layer memory of the transformer, as in its config.json (default: the configuration's).")
    private String layerMemory;

    @Option(names = "--dtype", defaultValue = "F32", description = "F32 or BF16 (default: ${DEFAULT-VALUE}).")
    private DType dtype;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ModelConfig named = ModelFamily.model(config);
        ModelConfig model = layerMemory == null ? named : named.withLayerMemory(layerMemory);
        StepTrial whole = new StepTrial(model, request(model), dtype);
        StepTrial trial = layers == null ? whole : whole.withLayers(layers);
        try (Backend backend = backendArguments.open()) {
            out.printf(
                    Locale.ROOT,
                    "%s in %s on %s: %d tokens x %d, %.1f TFLOP a step%n",
                    config,
                    dtype,
                    backend.description(),
                    trial.tokens(),
                    trial.branches(),
                    trial.flops() / 1e12);
            out.flush();
            print(out, trial, trial.run(backend, blocks()));
        }
        return 0;
    }

    private Request request(ModelConfig model) {
        int rows = height == null ? model.pipeline().height() : height;
        int columns = width == null ? model.pipeline().width() : width;
        Request request = Trials.request(model).withSteps(steps).withSize(rows, columns);
        request = frames == null ? request : request.withFrames(frames);
        return guidance == null ? request : request.withGuidance(guidance);
    }

    /** A line per block, with the seconds since the start: steps of the large models take hours on a processor. */
    private TapListener blocks() {
        PrintWriter err = spec.commandLine().getErr();
        long started = System.nanoTime();
        return new TapListener() {
            @Override
            public void tap(String name, Tensor tensor) {
                if (wants(name)) {
                    err.printf(Locale.ROOT, "%s done at %.1f s%n", name, (System.nanoTime() - started) / 1e9);
                    err.flush();
                }
            }

            @Override
            public boolean wants(String name) {
                return BLOCK.matcher(name).matches();
            }
        };
    }

    private static void print(PrintWriter out, StepTrial trial, StepTrial.Outcome outcome) {
        List<Duration> times = outcome.steps();
        for (int i = 0; i < times.size(); i++) {
            double seconds = times.get(i).toNanos() / 1e9;
            out.printf(Locale.ROOT, "step %d: %.2f s, %.1f GFLOP/s%n", i + 1, seconds, trial.flops() / seconds / 1e9);
        }
        Trials.printMemory(out, outcome.weightBytes(), outcome.peakBytes(), outcome.plannedPeakBytes());
        out.printf(Locale.ROOT, "latents: root mean square %.4f%n", outcome.deviation());
        out.flush();
    }
}
